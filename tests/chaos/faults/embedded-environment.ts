import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, mkdtemp, open, readdir, rm, stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore } from '@kubets/storage'
import { freePort } from '../../../tools/peers/free-port.ts'
import { ApiServerProcess } from './api-server-process.ts'
import { prepareApiServers } from './certificates.ts'
import { type Environment, type Fault, killApiServer } from './fault.ts'

/** Of the file system that the store lies on: the whole history stays, some 1,000 writes of a kilobyte a second. */
const megabytesFor = (seconds: number) => 192 + Math.ceil(seconds) * 2

/** One api-server over the embedded store, which lies on a small file system of its own. */
export async function embeddedEnvironment(seconds: number): Promise<Environment> {
  await using undo = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kubets-chaos-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const disk = join(folder, 'disk')
  await mkdir(disk)
  const image = join(folder, 'image')
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  run('truncate', '-s', `${megabytesFor(seconds)}M`, image)
  run('mkfs.ext4', '-q', '-F', image)
  run('mount', '-o', 'loop', image, disk)
  undo.defer(() => void run('umount', disk))
  const store = join(disk, 'store')
  const { tls, args } = await prepareApiServers(folder)
  const server = new ApiServerProcess('api-server', await freePort(), [...args, `--data-dir=${store}`])
  undo.use(server)
  await server.start()
  const servers = [server]
  const stack = undo.move()
  return {
    servers,
    tls,
    faults: [killApiServer(servers), fullDisk(disk, servers), tornWrite(store, server)],
    openStore: () => openEmbeddedStore({ directory: store }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function fullDisk(disk: string, servers: readonly ApiServerProcess[]): Fault {
  const ballast = join(disk, 'ballast')
  return {
    name: 'the disk full',
    lasts: 1_500,
    async inject() {
      // most of it at once, without writing it
      const { bavail, bsize } = await statfs(disk)
      execFileSync('fallocate', ['-l', String(Math.max(1, bavail - 1_024) * bsize), ballast], { stdio: 'ignore' })
      const file = await open(ballast, 'a')
      try {
        // down to the last block
        for (let size = 1 << 20; size >= 4_096; size >>= 1)
          for (let full = false; !full; )
            await file.write(Buffer.alloc(size, 1)).catch(() => {
              full = true
            })
      } finally {
        await file.close()
      }
    },
    async heal() {
      await rm(ballast, { force: true })
      // one that ended is counted as a violation; the others go on
      for (const server of servers) if (!server.running) await server.start()
    },
  }
}

/**
 * The process dies while its next commit is half on the disk: a commit writes its pages behind the last one in use before anything refers to
 * them, so what was torn is garbage at the end of the file.
 */
function tornWrite(store: string, server: ApiServerProcess): Fault {
  return {
    name: 'kill -9 with a torn write',
    lasts: 300,
    async inject(random) {
      await server.kill()
      const files = (await readdir(store)).filter(name => name.endsWith('.mdb') && !name.includes('lock'))
      for (const name of files) {
        const { size } = await stat(join(store, name))
        const garbage = Buffer.alloc(4_096 * (1 + random.below(8)) + random.below(4_096))
        for (let i = 0; i < garbage.length; i++) garbage[i] = random.below(256)
        if (size > 0) await appendFile(join(store, name), garbage)
      }
    },
    heal: () => server.start(),
  }
}
