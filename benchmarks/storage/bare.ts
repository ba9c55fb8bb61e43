import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificateAuthority, issueCertificate } from '@kubets/pki'
import { stopped } from '../api/servers.ts'
import type { Target } from '../api/target.ts'

export interface BareSender extends AsyncDisposable {
  /** Answers every request with the body; `/compress` compresses it on the way. */
  readonly lists: Target
  /** Writes frames to all its sockets when told. */
  readonly frames: Target
  /** The same with every stream of `node:http2`: one write each. */
  readonly streams: Target
  sendBody(body: Buffer, type: string, encoding?: 'identity' | 'gzip'): Promise<void>
  /** `writes` frames to each socket or stream, in one loop. */
  sendFrames(frame: Buffer, to: 'sockets' | 'streams', writes?: number): void
  collectGarbage(): Promise<void>
}

export async function startBareSender(): Promise<BareSender> {
  await using undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-bench-bare-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const authority = await createCertificateAuthority('bare')
  const { cert, key } = await issueCertificate(authority, {
    commonName: 'bare-sender',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  })
  const child = fork(join(import.meta.dirname, 'bare-sender.ts'), [cert, key], {
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
    execArgv: ['--expose-gc'],
  })
  undo.defer(() => stopped(child))
  const [[lists, frames, streams]] = (await once(child, 'message')) as [[number, number, number]]
  const at = (port: number): Target => ({ host: '127.0.0.1', port, ca: authority.cert, pid: child.pid })
  const stack = undo.move()
  return {
    lists: at(lists),
    frames: at(frames),
    streams: at(streams),
    async sendBody(body, type, encoding = 'identity') {
      const file = join(directory, 'body')
      await writeFile(file, body)
      child.send({ body: file, type, encoding })
      await once(child, 'message')
    },
    sendFrames: (frame, to, writes = 1) => void child.send({ frame: frame.toString('base64'), to, writes }),
    async collectGarbage() {
      child.send({ collect: true })
      await once(child, 'message')
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
