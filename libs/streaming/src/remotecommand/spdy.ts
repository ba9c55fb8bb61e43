import type { Duplex } from 'node:stream'
import { SpdyConnection, type SpdyStream } from '../spdy/index.ts'
import type { CommandOptions, CommandStreams } from './command-streams.ts'
import { encodeStatus } from './status.ts'

/** Newest first, as upstream lists them. */
export const spdyCommandProtocols = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const

/** Waits until the client has opened the streams it asked for. Resolves to `undefined` (and closes) when it does not in time. */
export async function acceptSpdyCommand(
  transport: Duplex,
  protocol: string,
  options: CommandOptions,
  creationTimeout: number,
): Promise<CommandStreams | undefined> {
  const resizable = protocol === 'v4.channel.k8s.io' || protocol === 'v3.channel.k8s.io'
  const expected = new Set<string>(['error'])
  if (options.stdin) expected.add('stdin')
  if (options.stdout) expected.add('stdout')
  if (options.stderr) expected.add('stderr')
  if (options.tty && resizable) expected.add('resize')

  const streams = new Map<string, SpdyStream>()
  const complete = Promise.withResolvers<boolean>()
  const connection = new SpdyConnection({
    transport,
    side: 'server',
    onStream: stream => {
      const type = stream.headers.streamtype ?? ''
      if (!expected.has(type) || streams.has(type)) throw new Error(`unexpected stream type: "${type}"`)
      streams.set(type, stream)
      if (streams.size === expected.size) queueMicrotask(() => complete.resolve(true))
    },
  })
  const timer = setTimeout(() => complete.resolve(false), creationTimeout)
  void connection.closed.then(() => complete.resolve(false))
  const inTime = await complete.promise
  clearTimeout(timer)
  const error = streams.get('error')
  if (!inTime || error === undefined) {
    connection.close()
    return undefined
  }
  const [stdin, stdout, stderr, resize] = ['stdin', 'stdout', 'stderr', 'resize'].map(type => streams.get(type))
  if (stdin) stdin.quietlyDiscarded = true
  if (resize) resize.quietlyDiscarded = true
  // nothing is expected on the streams that we write to, but a FIN on them must be seen
  for (const stream of [error, stdout, stderr]) stream?.resume()
  return {
    ...(stdin && { stdin }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    ...(resize && { resize }),
    closed: connection.closed,
    finish(status) {
      error.end(encodeStatus(status, protocol === 'v4.channel.k8s.io' ? 'json' : 'text'))
      // our side of standard input ends too: clients wait for it before they stop copying
      if (stdin && !stdin.destroyed) stdin.end()
    },
    close: () => connection.close(),
  }
}
