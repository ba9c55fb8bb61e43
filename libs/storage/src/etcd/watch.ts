import type { ClientDuplexStream } from '@grpc/grpc-js'
import {
  CompactedError,
  type Revision,
  type StoreEvent,
  type StoreWatch,
  type StoreWatchOptions,
} from '../key-value-store.ts'
import type { EtcdConnection } from './connection.ts'
import { EtcdUnavailableError, fromEtcd } from './errors.ts'
import { decodeWatch, encodeProgressRequest, encodeWatchCreate, type WatchResponse } from './messages.ts'

/** Messages read ahead of a slow reader; at the bound the stream is paused and etcd keeps the rest. */
const maxAhead = 16

/** Milliseconds after which a question for progress is repeated, if somebody still asks. */
const askAgainAfter = 90

/**
 * One watch on a stream of its own. Which revisions it has seen is known in one of two ways:
 *
 * - Servers whose progress answers can be trusted (3.4.31, 3.5.13 and newer) are asked for them.
 * - Older ones may answer ahead of the events. There the watch is on all keys and filtered here: every revision
 *   then shows as an event, and the store's revision is reached when it is seen.
 */
export class EtcdWatch implements StoreWatch {
  readonly #connection: EtcdConnection
  readonly #options: StoreWatchOptions
  readonly #askRevision: () => Promise<Revision>
  readonly #leave: (watch: EtcdWatch) => void
  #stream: ClientDuplexStream<Buffer, Buffer> | undefined
  #trusted = false
  #created = false
  #wanted = false
  #asking = false
  /** When the server was last asked for its progress; 0 when it has answered. */
  #askedAt = 0
  /** Revisions that the reader waits to hear of, and the last one of which everything was delivered. */
  #targets: Revision[] = []
  #seen: Revision
  #fragments: StoreEvent[] = []
  #queue: WatchResponse[] = []
  #working = false
  #ended = false

  constructor(
    connection: EtcdConnection,
    options: StoreWatchOptions,
    askRevision: () => Promise<Revision>,
    leave: (watch: EtcdWatch) => void,
  ) {
    this.#connection = connection
    this.#options = options
    this.#askRevision = askRevision
    this.#leave = leave
    this.#seen = (options.from ?? 0) - 1
    options.signal.addEventListener('abort', this.#aborted, { once: true })
    if (options.signal.aborted) this.#aborted()
    else void this.#open().catch(error => this.end(fromEtcd(error, 'cannot watch etcd')))
  }

  requestProgress(): void {
    this.#wanted = true
    this.#ask()
  }

  end(error: Error): void {
    if (this.#ended) return
    this.#aborted()
    this.#options.onEnd(error)
  }

  readonly #aborted = (): void => {
    this.#ended = true
    this.#queue = []
    this.#options.signal.removeEventListener('abort', this.#aborted)
    this.#stream?.cancel()
    this.#leave(this)
  }

  async #open(): Promise<void> {
    const { stream, version } = await this.#connection.openStream('Watch', 'Watch')
    if (this.#ended) {
      // nobody else listens: its end must not be an uncaught error
      stream.on('error', () => undefined)
      return stream.cancel()
    }
    this.#stream = stream
    this.#trusted = hasTrustedProgress(version)
    stream.on('data', (bytes: Buffer) => this.#received(bytes))
    stream.on('error', error => this.end(fromEtcd(error, 'the watch on etcd broke')))
    stream.on('end', () => this.end(new EtcdUnavailableError('etcd ended the watch')))
    const { start, end, from = 0 } = this.#options
    const range = this.#trusted ? { key: start, end } : { key: '\0', end: '\0' }
    stream.write(encodeWatchCreate({ ...range, from }))
  }

  #received(bytes: Buffer): void {
    if (this.#ended) return
    try {
      this.#queue.push(decodeWatch(bytes))
    } catch (error) {
      this.end(fromEtcd(error, 'cannot read what etcd sent'))
      return
    }
    if (this.#queue.length >= maxAhead) this.#stream?.pause()
    if (!this.#working) void this.#work().catch(error => this.end(fromEtcd(error, 'a watch on etcd failed')))
  }

  async #work(): Promise<void> {
    this.#working = true
    for (let response = this.#queue.shift(); response !== undefined && !this.#ended; response = this.#queue.shift()) {
      const held = this.#handle(response)
      if (held) await held
      if (this.#queue.length < maxAhead / 2) this.#stream?.resume()
      this.#reached()
    }
    this.#working = false
  }

  #handle(response: WatchResponse): void | Promise<void> {
    if (response.canceled) return this.end(whyCanceled(response))
    if (response.created) {
      this.#created = true
      if (this.#options.from === undefined || this.#options.from === 0) this.#seen = response.revision
      return this.#ask()
    }
    if (response.events.length === 0 && !response.fragment && this.#fragments.length === 0) {
      if (this.#trusted && response.revision > this.#seen) this.#seen = response.revision
      if (this.#trusted && this.#askedAt > 0) {
        this.#askedAt = 0
        this.#options.onProgress?.(this.#seen)
        // asked again while this answer was under way: it may be older than the question
        this.#ask()
      }
      return undefined
    }
    const events = this.#fragments.length > 0 ? this.#fragments.concat(response.events) : response.events
    // a revision that comes in pieces is kept until it is whole
    this.#fragments = response.fragment ? events : []
    const last = events.at(-1)
    if (response.fragment || !last) return undefined
    const { start, end } = this.#options
    const mine = this.#trusted ? events : events.filter(event => event.key >= start && event.key < end)
    const held = mine.length > 0 ? this.#options.onEvents(mine, last.modRevision) : undefined
    if (!(held instanceof Promise)) {
      this.#seen = Math.max(this.#seen, last.modRevision)
      return undefined
    }
    return held.then(() => {
      this.#seen = Math.max(this.#seen, last.modRevision)
    })
  }

  #ask(): void {
    if (!this.#wanted || !this.#created || this.#ended) return
    if (this.#trusted) {
      // one question at a time for all who wait; a server that is busy with the watch may leave one unanswered
      const now = performance.now()
      if (this.#askedAt > 0 && now - this.#askedAt < askAgainAfter) return
      this.#askedAt = now
      this.#wanted = false
      this.#stream?.write(encodeProgressRequest())
      return
    }
    if (this.#asking) return
    this.#asking = true
    this.#wanted = false
    this.#askRevision().then(
      revision => {
        this.#asking = false
        this.#targets.push(revision)
        this.#reached()
        this.#ask()
      },
      () => {
        // the reader asks again; a broken connection ends the watch by itself
        this.#asking = false
      },
    )
  }

  #reached(): void {
    if (this.#targets.length === 0 || this.#ended) return
    const waiting = this.#targets.filter(target => target > this.#seen)
    if (waiting.length === this.#targets.length) return
    this.#targets = waiting
    this.#options.onProgress?.(this.#seen)
  }
}

function whyCanceled(response: WatchResponse): Error {
  if (response.compactRevision > 0) return new CompactedError(response.compactRevision)
  if (response.cancelReason.includes('permission denied'))
    return new EtcdUnavailableError(
      'etcd does not allow this user to watch all keys, which servers before 3.4.31 and 3.5.13 need for consistent reads: grant it read access to all keys, or use a newer etcd',
    )
  return fromEtcd(new Error(response.cancelReason || 'etcd canceled the watch'), 'the watch on etcd ended')
}

/** Before these versions a progress answer may run ahead of the events (etcd-io/etcd#15220 and those after it). */
export function hasTrustedProgress(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number)
  if (major !== 3) return major > 3
  if (minor === 4) return patch >= 31
  if (minor === 5) return patch >= 13
  return minor > 5
}
