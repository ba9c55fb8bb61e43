import { spawn } from 'node:child_process'
import { closeSync, constants, mkdirSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex, Readable } from 'node:stream'
import type { Syscalls } from '../system/syscalls.ts'
import { type Runc, runcMessage } from './runc.ts'

export interface ConmonPaths {
  /** conmon writes the exit code into a file of the container's id here. */
  exits: string
  /** Below it a folder for each container, for conmon's word of an OOM kill. */
  persist: string
  /** Below it a folder for each container with its attach socket. Short: a socket's path has 107 bytes. */
  sockets: string
}

export interface ConmonOptions {
  conmon: string
  runc: Runc
  sys: Syscalls
  paths: ConmonPaths
  /** Moves conmon out of the shim's cgroup, before it starts anything: a service manager that ends the shim then spares it. */
  place(pid: number): void
}

export interface ConmonContainer {
  id: string
  bundle: string
  /** Empty: output is dropped. */
  logPath: string
  tty: boolean
  stdin: boolean
  stdinOnce: boolean
}

export interface Conmon {
  /** `runc create` under a conmon that outlives this process. Throws with runc's message when the container cannot be made. */
  create(container: ConmonContainer): Promise<{ pid: number; conmonPid: number }>
  /** Calls back once when the container's conmon is no more: after the container's end, or because conmon was killed. */
  whenGone(bundle: string, gone: () => void): Disposable
  /** The attach socket of a container. */
  attachSocket(id: string): string
  forget(id: string): Promise<void>
  paths: ConmonPaths
}

/** Short for the socket's path; 64 bits of randomness are enough to keep containers of a node apart. */
const shortId = (id: string) => id.slice(0, 16)

export function openConmon({ conmon, runc, sys, paths, place }: ConmonOptions): Conmon {
  for (const dir of Object.values(paths)) mkdirSync(dir, { recursive: true, mode: 0o700 })
  return {
    paths,
    attachSocket: id => join(paths.sockets, shortId(id), 'attach'),

    async create({ id, bundle, logPath, tty, stdin, stdinOnce }) {
      await rm(join(paths.exits, id), { force: true })
      // conmon holds the writing end for as long as it lives: its end is the end of file for whoever reads, also for a
      // later shim (the sync pipe would tell only this one)
      const alive = join(bundle, 'alive')
      rmSync(alive, { force: true })
      sys.mkfifo(alive, 0o600)
      const reader = openSync(alive, constants.O_RDONLY | constants.O_NONBLOCK)
      const writer = openSync(alive, constants.O_WRONLY)
      // a file, not a pipe: conmon writes warnings for as long as it lives, and a pipe without a reader would kill it
      const said = join(bundle, 'conmon.log')
      const words = openSync(said, 'w', 0o600)
      try {
        const args = [
          ...['--api-version', '1', '-b', bundle, '-c', id, '-n', id, '-u', shortId(id), '-r', runc.path],
          ...[`--runtime-arg=--root=${runc.root}`, '-p', join(bundle, 'pid'), '-P', join(bundle, 'conmon.pid')],
          ...['-l', logPath === '' ? 'off' : `k8s-file:${logPath}`, '--no-sync-log', '--exit-dir', paths.exits],
          ...['--persist-dir', join(paths.persist, id), '--socket-dir-path', paths.sockets],
          ...(tty ? ['-t'] : []),
          ...(stdin ? ['-i'] : []),
          ...(stdin && !stdinOnce ? ['--leave-stdin-open'] : []),
        ]
        mkdirSync(join(paths.persist, id), { recursive: true })
        const child = spawn(conmon, args, {
          cwd: bundle,
          stdio: ['ignore', 'ignore', words, 'pipe', 'pipe', writer],
          env: { PATH: process.env.PATH ?? '', _OCI_SYNCPIPE: '3', _OCI_STARTPIPE: '4' },
        })
        const failed = new Promise<never>((_, reject) => child.once('error', reject))
        const [sync, start] = [child.stdio[3] as Readable, child.stdio[4] as Duplex]
        start.on('error', () => undefined) // conmon ended early: the sync pipe tells
        if (child.pid !== undefined) place(child.pid)
        start.end('\n')
        const answer = await Promise.race([firstLine(sync), failed])
        sync.destroy()
        const { data, pid, message } = parseAnswer(answer)
        const created = data ?? pid ?? -1
        if (created <= 0)
          throw new Error(
            runcMessage(message ?? (answer || readFileSync(said, 'utf8') || 'conmon ended without a word')),
          )
        const conmonPid = Number(await readFile(join(bundle, 'conmon.pid'), 'utf8'))
        return { pid: created, conmonPid }
      } finally {
        closeSync(reader)
        closeSync(writer)
        closeSync(words)
      }
    },

    whenGone(bundle, gone) {
      const fd = openIfAlive(join(bundle, 'alive'))
      if (fd === undefined) {
        const timer = setImmediate(gone)
        return { [Symbol.dispose]: () => clearImmediate(timer) }
      }
      const socket = new Socket({ fd, readable: true, writable: false })
      let told = false
      const tell = () => {
        if (told) return
        told = true
        socket.destroy()
        gone()
      }
      socket.on('error', tell).on('end', tell).on('close', tell).resume()
      return {
        [Symbol.dispose]() {
          told = true
          socket.destroy()
        },
      }
    },

    async forget(id) {
      await rm(join(paths.exits, id), { force: true })
      await rm(join(paths.persist, id), { recursive: true, force: true })
      await rm(join(paths.sockets, shortId(id)), { recursive: true, force: true })
    },
  }
}

/**
 * The reading end of a FIFO that somebody holds for writing. One that nobody holds must be found out here: the kernel reports
 * the end of a writer only to who was there before it (a read answers 0 at once, but nothing ever wakes the event loop).
 */
function openIfAlive(path: string): number | undefined {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    readSync(fd, Buffer.alloc(1))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return fd
  }
  closeSync(fd)
  return undefined
}

function parseAnswer(line: string): { data?: number; pid?: number; message?: string } {
  try {
    return JSON.parse(line) as { data?: number; pid?: number; message?: string }
  } catch {
    return {}
  }
}

async function firstLine(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk
    const end = text.indexOf('\n')
    if (end >= 0) return text.slice(0, end)
    if (text.length > 1 << 20) break
  }
  return text
}
