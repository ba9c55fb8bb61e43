import { type ClientDuplexStream, Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { callDirectly } from './direct-call.ts'
import { EtcdUnavailableError, fromEtcd, isPassing, isTokenError, neverSent } from './errors.ts'
import { type Certificates, type Member, newMember, type Waiting } from './member.ts'
import { decodeStatus, decodeToken, encodeAuthenticate, encodeEmpty } from './messages.ts'
import { unframed } from './protobuf.ts'

/** A call that etcd has not answered by then has failed (milliseconds). */
const defaultCallTimeout = 15_000

/** A member that has answered nothing for so long, though calls wait for it, is asked whether it is well (milliseconds). */
const suspectAfter = 2_000
const statusTimeout = 1_000

/** Between two attempts of one call: milliseconds, doubled up to the second. */
const firstPause = 50
const lastPause = 500

export interface EtcdConnectionOptions extends Certificates {
  /** `http://…` or `https://…`; without a scheme TLS is spoken where certificates are given, as upstream's client does. */
  endpoints: readonly string[]
  auth?: { username: string; password: string }
  /** A call that etcd has not answered by then has failed, ms. Default 15,000. */
  callTimeout?: number
}

type Service = 'KV' | 'Watch' | 'Lease' | 'Maintenance' | 'Auth'

type Outcome<T> = { value: T } | { error: unknown }

/**
 * The servers of one etcd cluster, of which one is used at a time: calls and watches move on to the next one together, when it cannot be reached,
 * does not answer, or has lost the leader. So what this process reads never comes from a slower server than what it read before.
 */
export class EtcdConnection {
  readonly endpoints: readonly string[]
  readonly #members: readonly [Member, ...Member[]]
  readonly #auth: EtcdConnectionOptions['auth']
  readonly #callTimeout: number
  readonly #noToken: Metadata
  readonly #watchdog: NodeJS.Timeout
  #current = 0
  #metadata: Promise<Metadata> | undefined
  #asking = false
  readonly #retired = new Set<Pick<Member, 'client' | 'forget'>>()
  #closed = false

  constructor(options: EtcdConnectionOptions) {
    this.endpoints = options.endpoints
    this.#auth = options.auth
    this.#callTimeout = options.callTimeout ?? defaultCallTimeout
    this.#noToken = withTimeout(this.#callTimeout)
    const [first, ...others] = options.endpoints.map(endpoint => newMember(endpoint, options))
    if (first === undefined) throw new EtcdUnavailableError('no etcd servers are given')
    this.#members = [first, ...others]
    this.#watchdog = setInterval(() => this.#look(), suspectAfter / 4)
    this.#watchdog.unref()
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#watchdog)
    for (const { client, forget } of [...this.#members, ...this.#retired]) {
      client.close()
      forget()
    }
  }

  /** Certificates that were renewed: connections are made with them from now on; what is under way on the old ones goes on there. Throws where TLS will not take them. */
  renew(certificates: Certificates): void {
    if (this.#closed) return
    const made = this.#members.map(({ endpoint }) => newMember(endpoint, certificates))
    for (const [i, member] of this.#members.entries()) {
      const { client, forget } = member
      const old = { client, forget }
      const streams = [...member.streams].map(stream => new Promise(resolve => stream.once('close', resolve)))
      const calls = new Promise(resolve => setTimeout(resolve, defaultCallTimeout).unref())
      this.#retired.add(old)
      const next = made[i] as Member
      Object.assign(member, { client: next.client, connected: next.connected, forget: next.forget })
      void Promise.all([calls, ...streams]).then(() => {
        this.#retired.delete(old)
        old.client.close()
        old.forget()
      })
    }
  }

  /**
   * One call. `repeatable` says that it changes nothing when it is made twice: such a one is made again, elsewhere too, until
   * its time is over. Others are made again only when they surely did not happen.
   */
  async call<T>(
    doing: string,
    service: Service,
    method: string,
    request: Buffer,
    decode: (bytes: Buffer) => T,
    repeatable: boolean,
  ): Promise<T> {
    const deadline = Date.now() + this.#callTimeout
    for (let pause = firstPause, attempt = 1; ; pause = Math.min(pause * 2, lastPause), attempt++) {
      const member = this.#member
      const outcome = await this.#once(member, path(service, method), request, decode, deadline, repeatable)
      if ('value' in outcome) return outcome.value
      const { error } = outcome
      if (isTokenError(error)) this.#metadata = undefined
      // another member may have what this one lacks
      if (isPassing(error)) this.#leave(member)
      const again = neverSent(error) || isTokenError(error) || (repeatable && isPassing(error))
      const tooOften = neverSent(error) && attempt >= 4 * this.#members.length
      if (!again || tooOften || this.#closed || Date.now() + pause >= deadline) throw fromEtcd(error, doing)
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  }

  /** A stream to the server in use, and that server's version. It breaks when the server is left. */
  async openStream(
    service: 'Watch' | 'Lease',
    method: string,
  ): Promise<{ stream: ClientDuplexStream<Buffer, Buffer>; version: string }> {
    for (let attempt = 1; ; attempt++) {
      const member = this.#member
      const deadline = Date.now() + this.#callTimeout
      const asked = await this.#once(member, path('Maintenance', 'Status'), encodeEmpty(), decodeStatus, deadline, true)
      if ('value' in asked) {
        const metadata = await this.#credentials(member)
        const stream = member.client.makeBidiStreamRequest(
          path(service, method),
          unframed,
          same,
          withoutTimeout(metadata),
        )
        member.streams.add(stream)
        stream.once('close', () => member.streams.delete(stream))
        stream.once('error', error => {
          if (isPassing(error)) this.#leave(member)
          if (isTokenError(error)) this.#metadata = undefined
        })
        return { stream, version: asked.value.version }
      }
      const { error } = asked
      if (isTokenError(error)) this.#metadata = undefined
      if (isPassing(error)) this.#leave(member)
      if (attempt > this.#members.length || !isPassing(error) || this.#closed)
        throw fromEtcd(error, `cannot reach etcd at ${member.endpoint}`)
    }
  }

  get #member(): Member {
    return this.#members[this.#current] ?? this.#members[0]
  }

  /** The next one from now on; what is under way may still come. */
  #leave(member: Member): void {
    if (this.#member === member) this.#current = (this.#current + 1) % this.#members.length
  }

  async #once<T>(
    member: Member,
    method: string,
    request: Buffer,
    decode: (bytes: Buffer) => T,
    deadline: number,
    repeatable: boolean,
  ): Promise<Outcome<T>> {
    if (this.#closed) return { error: new EtcdUnavailableError('the connection is closed') }
    let metadata: Metadata
    try {
      metadata = this.#auth === undefined ? this.#noToken : await this.#credentials(member)
    } catch (error) {
      return { error }
    }
    if (member.calls.size === 0) member.heardAt = performance.now()
    return new Promise(resolve => {
      const done = (error: ServiceError | null | undefined, answer: Buffer | undefined): void => {
        member.heardAt = performance.now()
        member.calls.delete(waiting)
        resolve(outcomeOf(error, answer, decode))
      }
      const cancel = send(member, method, request, metadata, deadline, done)
      const waiting: Waiting = { repeatable, deadline, cancel }
      member.calls.set(waiting, true)
    })
  }

  /** A token for name and password; they run out (five minutes by default), and the next call fetches another. */
  #credentials(member: Member): Promise<Metadata> {
    const auth = this.#auth
    if (auth === undefined) return Promise.resolve(this.#noToken)
    this.#metadata ??= new Promise<Metadata>((resolve, reject) => {
      const request = encodeAuthenticate(auth.username, auth.password)
      const options = { deadline: Date.now() + this.#callTimeout }
      const done = (error: ServiceError | null, token?: string) => {
        if (error || token === undefined) {
          this.#metadata = undefined
          reject(error ?? new EtcdUnavailableError('etcd gave no token'))
          return
        }
        const metadata = withTimeout(this.#callTimeout)
        metadata.set('token', token)
        resolve(metadata)
      }
      member.client.makeUnaryRequest(
        path('Auth', 'Authenticate'),
        unframed,
        decodeToken,
        request,
        this.#noToken,
        options,
        done,
      )
    })
    return this.#metadata
  }

  /** A frozen or cut-off server leaves its connections open: only its silence shows it. */
  #look(): void {
    const now = Date.now()
    for (const { calls } of this.#members)
      for (const { deadline, cancel } of calls.keys()) if (deadline <= now) cancel(status.DEADLINE_EXCEEDED)
    const member = this.#member
    const silent = performance.now() - member.heardAt
    if (this.#asking || this.#members.length === 1 || member.calls.size === 0 || silent < suspectAfter) return
    this.#asking = true
    const options = { deadline: Date.now() + statusTimeout }
    const ask = (metadata: Metadata) =>
      member.client.makeUnaryRequest(
        path('Maintenance', 'Status'),
        unframed,
        decodeStatus,
        encodeEmpty(),
        metadata,
        options,
        (error, answer) => {
          this.#asking = false
          // it is well, only slow: others need not be better
          if (!error && answer?.hasLeader) return
          this.#leave(member)
          // one that has lost the leader may still write what it was given; one that does not answer at all keeps nobody waiting
          for (const { repeatable, cancel } of member.calls.keys()) if (error || repeatable) cancel(status.CANCELLED)
          for (const stream of member.streams)
            stream.destroy(new EtcdUnavailableError(`etcd at ${member.endpoint} does not answer`))
        },
      )
    this.#credentials(member).then(ask, () => {
      this.#asking = false
    })
  }
}

/** grpc-js takes the stack of every call, for an error that seldom comes: a tenth of what a call costs. Ours say what was being done. */
function withoutStack<T>(make: () => T): T {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return make()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** Over the member's connection, or, while there is none, by the client's own call, which waits for it. Returns what ends it. */
function send(
  member: Member,
  method: string,
  request: Buffer,
  metadata: Metadata,
  deadline: number,
  done: (error: ServiceError | null | undefined, answer: Buffer | undefined) => void,
): Waiting['cancel'] {
  const direct = callDirectly(member.connected, member.authority, method, metadata, request, done)
  if (direct) return code => direct.cancelWithStatus(code, code === status.CANCELLED ? 'given up' : 'no answer in time')
  const { client } = member
  const call = withoutStack(() =>
    client.makeUnaryRequest(method, unframed, same, request, metadata, { deadline }, done),
  )
  return () => call.cancel()
}

function outcomeOf<T>(
  error: ServiceError | null | undefined,
  answer: Buffer | undefined,
  decode: (bytes: Buffer) => T,
): Outcome<T> {
  if (error || answer === undefined) return { error: error ?? new EtcdUnavailableError('etcd gave no answer') }
  try {
    return { value: decode(answer) }
  } catch (unreadable) {
    return { error: unreadable }
  }
}

const timeoutHeader = 'grpc-timeout'

/** etcd, too, stops working on a call that nobody waits for any more. */
function withTimeout(milliseconds: number): Metadata {
  const metadata = new Metadata()
  metadata.set(timeoutHeader, `${milliseconds}m`)
  return metadata
}

/** A stream goes on. */
function withoutTimeout(metadata: Metadata): Metadata {
  const copy = metadata.clone()
  copy.remove(timeoutHeader)
  return copy
}

function path(service: Service, method: string): string {
  return `/etcdserverpb.${service}/${method}`
}

const same = (bytes: Buffer): Buffer => bytes
