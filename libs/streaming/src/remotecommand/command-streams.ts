import type { Readable, Writable } from 'node:stream'
import type { StreamStatus } from './status.ts'

/** Which of a command's streams the client asked for. */
export interface CommandOptions {
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
}

/** A client's connection, ready for a command: what each protocol makes of its wire. */
export interface CommandStreams {
  readonly stdin?: Readable
  readonly stdout?: Writable
  readonly stderr?: Writable
  /** JSON sizes one after the other. */
  readonly resize?: Readable
  /** Resolves when the client's connection is gone. */
  readonly closed: Promise<void>
  /** Writes the status and tells the client that nothing more comes. Standard output and error have ended before. */
  finish(status: StreamStatus): void
  /** Ends the connection at once. */
  close(): void
}
