import type { Duplex, Readable, Writable } from 'node:stream'
import { Writable as WritableStream } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { TerminalSize } from '../contract.ts'
import type { ProxyTarget } from '../proxy/target.ts'
import type { CommandOptions } from '../remotecommand/command-streams.ts'
import { commandChannel } from '../remotecommand/websocket.ts'
import { SpdyConnection } from '../spdy/index.ts'
import { Channels } from '../websocket/channels.ts'
import { dialSpdy } from './upgrade.ts'
import { dialWebSocket } from './websocket.ts'

export interface ExecClientOptions extends CommandOptions {
  readonly target: ProxyTarget
  /** Subprotocols, most wanted first. */
  readonly protocols?: readonly string[]
}

/** A command as its client sees it. `stdout` and `stderr` must be read, or nothing else arrives. */
export interface RemoteCommand {
  readonly protocol: string
  readonly stdin?: Writable
  readonly stdout?: Readable
  readonly stderr?: Readable
  resize(size: TerminalSize): void
  /** What the error stream said, whole: a Status in JSON since v4, plain text before. Resolves when the server has ended it. */
  readonly status: Promise<string>
  /** Cuts the connection. */
  close(): void
}

/** The exit code in a v4 or v5 status; throws with the server's message when the command did not run. */
export function exitCodeOf(status: string): number {
  const parsed = JSON.parse(status) as {
    status?: string
    reason?: string
    message?: string
    details?: { causes?: { reason?: string; message?: string }[] }
  }
  if (parsed.status === 'Success') return 0
  const cause = parsed.details?.causes?.find(({ reason }) => reason === 'ExitCode')
  if (parsed.reason === 'NonZeroExitCode' && cause?.message !== undefined) return Number(cause.message)
  throw new Error(parsed.message ?? status)
}

/** Exec or attach over SPDY, v4 unless told otherwise. */
export async function execOverSpdy(options: ExecClientOptions): Promise<RemoteCommand> {
  const protocols = options.protocols ?? [
    'v4.channel.k8s.io',
    'v3.channel.k8s.io',
    'v2.channel.k8s.io',
    'channel.k8s.io',
  ]
  const { socket, protocol } = await dialSpdy(options.target, protocols)
  const connection = new SpdyConnection({ transport: socket, side: 'client' })
  const open = (streamtype: string) => connection.createStream({ streamtype })
  const error = await open('error')
  error.end()
  const stdin = options.stdin ? await open('stdin') : undefined
  const stdout = options.stdout ? await open('stdout') : undefined
  const stderr = options.stderr ? await open('stderr') : undefined
  const resizes = options.tty && /^v[34]\./.test(protocol) ? await open('resize') : undefined
  stdout?.end()
  stderr?.end()
  stdin?.resume()
  return {
    protocol,
    ...(stdin && { stdin }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    resize: size => void resizes?.write(sizeText(size)),
    status: collect(error),
    close: () => connection.destroy(),
  }
}

/** Exec or attach over a WebSocket, v5 unless told otherwise. */
export async function execOverWebSocket(options: ExecClientOptions): Promise<RemoteCommand> {
  const { socket, protocol } = await dialWebSocket(options.target, options.protocols ?? ['v5.channel.k8s.io'])
  const v5 = protocol === 'v5.channel.k8s.io'
  const channels = new Channels({ socket, codec: protocol.includes('base64') ? 'base64' : 'binary', closeSignal: v5 })
  const stdout = options.stdout ? channels.duplex(commandChannel.stdout) : undefined
  const stderr = options.stderr ? channels.duplex(commandChannel.stderr) : undefined
  const error = channels.duplex(commandChannel.error)
  const stdin = options.stdin
    ? new WritableStream({
        highWaterMark: 64 * 1024,
        write: (chunk: Buffer, _encoding, callback) => channels.send(commandChannel.stdin, chunk, callback),
        final: callback => {
          // before v5 a client could only close everything
          if (v5) channels.sendClose(commandChannel.stdin)
          callback()
        },
      })
    : undefined
  stdin?.on('error', () => undefined)
  return {
    protocol,
    ...(stdin && { stdin }),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    resize: size => channels.send(commandChannel.resize, Buffer.from(sizeText(size)), () => undefined),
    status: collect(error),
    close: () => socket.terminate(),
  }
}

function collect(stream: Duplex): Promise<string> {
  const status = text(stream)
  // who never looks at it must not be punished for a connection that broke
  status.catch(() => undefined)
  return status
}

function sizeText(size: TerminalSize): string {
  return `${JSON.stringify({ Width: size.width, Height: size.height })}\n`
}
