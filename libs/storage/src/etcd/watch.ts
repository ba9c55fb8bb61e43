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

/** Bytes of messages read ahead of the reader; at the bound the stream is paused and etcd keeps the rest. */
const maxAhead = 1024 * 1024

/** The reader is given no more messages in a turn of the loop when it has had so many events in it. */
const eventsOfTurn = 64

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
  /** Bytes of what stands there. */
  #ahead = 0
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
    this.#ahead += bytes.length
    if (this.#ahead >= maxAhead) this.#stream?.pause()
    this.#workSoon()
  }

  /** Etcd sends a message for each revision: those that a turn of the loop reads are given to the reader together, who tells each of its watchers once. */
  #workSoon(): void {
    if (this.#working) return
    this.#working = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#work().catch(error => this.end(fromEtcd(error, 'a watch on etcd failed')))
  }

  async #work(): Promise<void> {
    for (let given = 0; given < eventsOfTurn && this.#queue.length > 0 && !this.#ended; ) {
      const events = this.#takeEvents()
      given += events?.length ?? 0
      const held = events === undefined ? this.#handle(this.#take()) : this.#deliver(events)
      if (held) await held
      if (this.#ahead < maxAhead / 2) this.#stream?.resume()
      this.#reached()
    }
    this.#working = false
    if (this.#queue.length > 0 && !this.#ended) this.#workSoon()
  }

  #take(): WatchResponse {
    const response = this.#queue.shift() as WatchResponse
    this.#ahead -= response.size
    return response
  }

  /** The events that stand first, of revisions that are whole; undefined where something else stands there. */
  #takeEvents(): StoreEvent[] | undefined {
    if (!this.#isOfEvents(this.#queue[0])) return undefined
    let whole: StoreEvent[] = []
    while (whole.length < eventsOfTurn && this.#isOfEvents(this.#queue[0])) {
      const { events, fragment } = this.#take()
      // a revision that comes in pieces is kept until it is whole
      const read = this.#fragments.length > 0 ? this.#fragments.concat(events) : events
      this.#fragments = fragment ? read : []
      if (fragment) continue
      if (whole.length === 0) whole = read
      else for (const event of read) whole.push(event)
    }
    return whole
  }

  #isOfEvents(response: WatchResponse | undefined): boolean {
    if (response === undefined || response.canceled || response.created) return false
    return response.events.length > 0 || response.fragment || this.#fragments.length > 0
  }

  #deliver(events: readonly StoreEvent[]): void | Promise<void> {
    const last = events.at(-1)
    if (last === undefined) return undefined
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

  /** A message without events. */
  #handle(response: WatchResponse): void {
    if (response.canceled) this.end(whyCanceled(response))
    else if (response.created) {
      this.#created = true
      const { from = 0 } = this.#options
      if (from === 0) this.#seen = response.revision
      // 3.6 leaves questions unanswered for as long as the store has not come to where the watch begins
      else if (this.#wanted && response.revision < from) this.#options.onProgress?.(response.revision)
      this.#ask()
    } else if (this.#trusted) this.#progressed(response.revision)
  }

  #progressed(revision: Revision): void {
    if (revision > this.#seen) this.#seen = revision
    if (this.#askedAt === 0) return
    this.#askedAt = 0
    this.#options.onProgress?.(this.#seen)
    // asked again while this answer was under way: it may be older than the question
    this.#ask()
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
