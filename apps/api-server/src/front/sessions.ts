import type { Http2Session, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { readOn } from '@kubets/component'
import { Turns } from './turns.ts'

interface Use {
  readonly socket: Socket
  streams: number
  /** `performance.now()` since when no stream is open. */
  idleSince: number
}

const useOf = Symbol('use of the connection')
type CountedStream = ServerHttp2Stream & { [useOf]?: Use }

/** One function for all streams: a closure each would cost more than the count. */
function ended(this: CountedStream): void {
  const use = this[useOf] as Use
  if (--use.streams === 0) use.idleSince = performance.now()
}

/** Each costs a microsecond: so many are read on in a turn of the loop. */
const aTurn = 256

/**
 * The HTTP/2 connections of a listener. Node has no time-out for one that is open and asks nothing, not even that its client ever begins; of one that
 * its client has reset it may forget the socket, which stays open then, or not hear, and its watches with it.
 */
export class Sessions implements Disposable {
  readonly #open = new Map<Http2Session, Use>()
  readonly #timer: NodeJS.Timeout
  readonly #idleTimeout: number
  readonly #reading = new Turns<Socket>(aTurn, socket => {
    readOn(socket)
    return true
  })

  constructor(idleTimeout: number, checkInterval: number) {
    this.#idleTimeout = idleTimeout
    this.#timer = setInterval(() => this.#check(), checkInterval).unref()
  }

  /** `socket`: its own, of which the session gives away only a part. */
  add(session: Http2Session, socket: Socket): void {
    this.#open.set(session, { socket, streams: 0, idleSince: performance.now() })
    session.once('close', () => this.#open.delete(session))
    session.on('error', () => {}) // a broken connection shows on its streams
  }

  opened(stream: CountedStream): void {
    const use = stream.session && this.#open.get(stream.session)
    if (use === undefined) return
    use.streams++
    stream[useOf] = use
    stream.on('close', ended)
  }

  #check(): void {
    const until = performance.now() - this.#idleTimeout
    for (const [session, { socket, streams, idleSince }] of this.#open) {
      if (session.destroyed) socket.destroy()
      else if (streams > 0) this.#reading.push(socket)
      else if (idleSince <= until) session.destroy()
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#reading.clear()
    for (const session of this.#open.keys()) session.destroy()
  }
}
