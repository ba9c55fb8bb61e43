import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { MetricFamily } from '@kubets/storage'
import { nameOf } from './peer.ts'
import { Shares, shareOf } from './shares.ts'

/** How far somebody has come who is connected. */
type State = 'handshake' | 'unauthenticated' | 'authenticated'
/** Whom there was no room for: a newcomer, as all others had said who they are, or one that had come so far; `user`: one of a user who had more than half. */
type Refusal = 'full' | 'handshake' | 'unauthenticated' | 'user'

export interface ConnectionLimits {
  /** Connections at once. */
  readonly most: number
  /** Of them, such as wait for their TLS handshake or are amid it. A waiting one costs little: a socket of the kernel's. */
  readonly mostInHandshake: number
  /** Of them, such over which nobody has yet said who they are. One costs about 70 KB. */
  readonly mostUnauthenticated: number
}

interface Connection {
  readonly socket: Socket
  readonly from: string
  readonly name: string
  state: State
  /** Who has said first over it who they are. */
  user: string
}

const defaults: ConnectionLimits = {
  most: 50_000,
  // two connections of each of 5,000 nodes that come back at once, and some more
  mostInHandshake: 16_384,
  // a few handshakes end in each turn of the loop, and first requests follow them at once
  mostUnauthenticated: 4_096,
}

export interface ConnectionsOptions extends Partial<ConnectionLimits> {
  /** Told at most once a minute, with how many were refused since the last time. */
  onFull(refused: Readonly<Record<Refusal, number>>, open: number): void
  now?: () => number
}

const tellEvery = 60_000
const connectionOf = Symbol('connection')
type Carrier = (TLSSocket | ServerHttp2Session) & { [connectionOf]?: ((user: string) => void) | undefined }

/**
 * All connections of a listener, and who has to go when there are too many: of those who have not said who they are the oldest one of the address that
 * has the most of them. Somebody who has is not cut off for others: where all have, newcomers are refused before their handshake. Unless one user has more
 * than half of all: the oldest of these goes.
 */
export class Connections {
  readonly #options: ConnectionsOptions & ConnectionLimits
  readonly #byName = new Map<string, Connection>()
  readonly #handshakes = new Shares<Connection>()
  readonly #unauthenticated = new Shares<Connection>()
  readonly #users = new Shares<Connection>()
  readonly #refused: Record<Refusal, number> = { full: 0, handshake: 0, unauthenticated: 0, user: 0 }
  #told: Readonly<Record<Refusal, number>> = { ...this.#refused }
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(options: ConnectionsOptions) {
    this.#options = { ...defaults, ...options }
  }

  /** A new connection. False: there is no room for it, and it is reset already. */
  admit(socket: Socket): boolean {
    const { most, mostInHandshake } = this.#options
    const { remoteAddress } = socket
    if (remoteAddress === undefined) {
      // gone already, and without a name
      socket.destroy()
      return false
    }
    const name = nameOf(socket)
    const before = this.#byName.get(name)
    if (before !== undefined) {
      // The kernel opens a connection anew only when the one before is gone, which may not have been read there yet. Nobody may be left among
      // the shares who is not counted: there would be room for ever, and none of the others would have to go.
      this.#remove(before)
      before.socket.destroy()
    }
    if (this.#handshakes.size >= mostInHandshake) this.#cut(this.#handshakes)
    else if (this.#byName.size >= most && !this.#makeRoom()) {
      this.#count('full')
      socket.resetAndDestroy()
      return false
    }
    const from = shareOf(remoteAddress)
    const connection: Connection = { socket, from, name, state: 'handshake', user: '' }
    this.#byName.set(name, connection)
    this.#handshakes.add(from, connection)
    socket.once('close', () => this.#remove(connection))
    return true
  }

  /** The handshake is over. */
  secured(socket: TLSSocket): void {
    const connection = this.#byName.get(nameOf(socket))
    if (connection?.state !== 'handshake') return
    if (this.#unauthenticated.size >= this.#options.mostUnauthenticated) this.#cut(this.#unauthenticated)
    this.#handshakes.delete(connection.from, connection)
    connection.state = 'unauthenticated'
    this.#unauthenticated.add(connection.from, connection)
    ;(socket as Carrier)[connectionOf] = user => {
      // it may have been cut off while that was found out
      if (this.#byName.get(connection.name) !== connection) return
      this.#unauthenticated.delete(connection.from, connection)
      connection.state = 'authenticated'
      connection.user = user
      this.#users.add(user, connection)
    }
  }

  metrics(): MetricFamily[] {
    return [
      {
        name: 'apiserver_connections',
        help: 'Connections of clients that are open, by how far they have come.',
        type: 'gauge',
        values: () => {
          const [handshake, unauthenticated] = [this.#handshakes.size, this.#unauthenticated.size]
          const authenticated = this.#byName.size - handshake - unauthenticated
          return Object.entries({ handshake, unauthenticated, authenticated }).map(([state, value]) => ({
            value,
            labels: { state },
          }))
        },
      },
      {
        name: 'apiserver_refused_connections_total',
        help: 'Connections of clients that were ended because there were too many: in all (none of them could go), amid their handshake, before a request was authenticated, or of a user who had more than half.',
        type: 'counter',
        values: () => Object.entries(this.#refused).map(([reason, value]) => ({ value, labels: { reason } })),
      },
    ]
  }

  /** Whoever has the most connections gives one. */
  #makeRoom(): boolean {
    const shares = this.#handshakes.largest > this.#unauthenticated.largest ? this.#handshakes : this.#unauthenticated
    return this.#cut(shares) || (this.#users.largest > this.#options.most / 2 && this.#cut(this.#users))
  }

  #cut(shares: Shares<Connection>): boolean {
    const connection = shares.first()
    if (connection === undefined) return false
    this.#count(connection.state === 'authenticated' ? 'user' : connection.state)
    // not when it has closed: the next one needs the room now
    this.#remove(connection)
    connection.socket.resetAndDestroy()
    return true
  }

  #remove(connection: Connection): void {
    const { name, from, state, user } = connection
    // the same client may have come again from the same port meanwhile
    if (this.#byName.get(name) !== connection) return
    this.#byName.delete(name)
    if (state === 'handshake') this.#handshakes.delete(from, connection)
    else if (state === 'unauthenticated') this.#unauthenticated.delete(from, connection)
    else this.#users.delete(user, connection)
  }

  #count(reason: Refusal): void {
    this.#refused[reason]++
    const now = (this.#options.now ?? performance.now.bind(performance))()
    if (now - this.#toldAt < tellEvery) return
    const since = { ...this.#refused }
    for (const [reason, count] of Object.entries(this.#told)) since[reason as Refusal] -= count
    this.#told = { ...this.#refused }
    this.#toldAt = now
    this.#options.onFull(since, this.#byName.size)
  }
}

/** The streams of an HTTP/2 connection know it by its session only. */
export function carry(session: ServerHttp2Session, socket: TLSSocket | undefined): void {
  const found = (socket as Carrier | undefined)?.[connectionOf]
  if (found !== undefined) (session as Carrier)[connectionOf] = found
}

/** A request over this connection has said who asks: it is no stranger's. */
export function authenticated(connection: TLSSocket | ServerHttp2Session | undefined, user: string): void {
  const carrier = connection as Carrier | undefined
  const tell = carrier?.[connectionOf]
  if (carrier === undefined || tell === undefined) return
  tell(user)
  carrier[connectionOf] = undefined
}
