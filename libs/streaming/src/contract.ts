import type { Duplex, Readable, Writable } from 'node:stream'
import type { Clock, Logger, Running } from '@kubets/component'

/** What CRI's ExecRequest says (the same fields, so a CRI message can be passed as it is). */
export interface ExecStreamRequest {
  readonly containerId: string
  readonly cmd: readonly string[]
  readonly tty: boolean
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}

/** What CRI's AttachRequest says. */
export interface AttachStreamRequest {
  readonly containerId: string
  readonly tty: boolean
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
}

/** What CRI's PortForwardRequest says. */
export interface PortForwardStreamRequest {
  readonly podSandboxId: string
  /** Only for port forwarding over WebSocket channels; SPDY names the port with each stream. */
  readonly port: readonly number[]
}

export interface TerminalSize {
  /** Columns. */
  readonly width: number
  /** Rows. */
  readonly height: number
}

/**
 * The client's end of a command. Streams that were not asked for are absent.
 *
 * Back-pressure is real on each of them: `stdin` reads no more from the network than its reader takes (plus a small
 * bound), and a `write` on `stdout` or `stderr` that answers false means that the client does not read.
 * Use `pipeline` or honour `drain`.
 */
export interface CommandSession {
  /** Ends when the client half-closes its standard input; fails when the client goes away. */
  readonly stdin?: Readable
  /** The handler need not end it: the server does when the handler's promise settles. Everything written is delivered first. */
  readonly stdout?: Writable
  /** Never present together with `tty`. */
  readonly stderr?: Writable
  readonly tty: boolean
  /** The terminal's sizes as the client sends them, the newest only where the reader is slow. Ends with the session. */
  readonly resizes: AsyncIterable<TerminalSize>
  /** Aborts when the client goes away or the server stops: the handler ends its command (or detaches) and settles. */
  readonly signal: AbortSignal
}

/** How a command ended. Anything other than an exit is an error thrown by the handler. */
export interface ExitResult {
  readonly exitCode: number
}

/** What the CRI runtime does behind the streams. */
export interface StreamingHandlers {
  /** Runs the command. A thrown error reaches the client as `error executing command in container: …`. */
  exec(request: ExecStreamRequest, session: CommandSession): Promise<ExitResult>
  /** Joins the container's main process until it ends or the client leaves. A thrown error reaches the client as `error attaching to container: …`. */
  attach(request: AttachStreamRequest, session: CommandSession): Promise<void>
  /**
   * Copies both ways between the client's connection and a port of the pod until both sides are done. Half-close is kept:
   * `stream` ends when the client has sent all, `stream.end()` tells the client that the pod has. `stream` is destroyed when the
   * client goes away or the server stops. A thrown error reaches the client as `error forwarding port N to pod …`.
   */
  portForward(request: PortForwardStreamRequest, port: number, stream: Duplex): Promise<void>
}

export interface StreamingServerOptions {
  readonly handlers: StreamingHandlers
  readonly logger: Logger
  /** Where to listen. Default `127.0.0.1`: who knows a URL may run the command, so it stays inside the node. */
  readonly address?: string
  /** Default 0: a free port. */
  readonly port?: number
  /** What URLs begin with when clients reach the server under another name, such as `http://10.0.0.5:10010`. */
  readonly baseUrl?: string
  /** A connection without traffic is closed after this many milliseconds. Default 4 hours, as upstream. */
  readonly streamIdleTimeout?: number
  /** How long a SPDY client may take to open its streams, in milliseconds. Default 30 seconds, as upstream. */
  readonly streamCreationTimeout?: number
  readonly clock?: Clock
}

/**
 * The streaming server of a CRI runtime. Each of the first three methods checks the request as upstream does (a {@link StreamRequestError}
 * says what is wrong) and answers a URL that works once, within one minute.
 */
export interface StreamingServer extends Running {
  exec(request: ExecStreamRequest): string
  attach(request: AttachStreamRequest): string
  portForward(request: PortForwardStreamRequest): string
  readonly address: string
  readonly port: number
}

/** Why no URL was given: `InvalidArgument` or `ResourceExhausted` (too many unused URLs), to be answered as a gRPC status. */
export class StreamRequestError extends Error {
  override readonly name = 'StreamRequestError'
  readonly code: 'InvalidArgument' | 'ResourceExhausted'
  constructor(code: 'InvalidArgument' | 'ResourceExhausted', message: string) {
    super(message)
    this.code = code
  }
}
