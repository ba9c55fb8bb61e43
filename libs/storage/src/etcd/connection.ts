import type { Client, ClientDuplexStream, Metadata } from '@grpc/grpc-js'
import { Etcd3, type IOptions, LeaseClient } from 'etcd3'
import { EtcdUnavailableError, fromEtcd, isPassing, neverSent } from './errors.ts'
import { decodeVersion, encodeEmpty } from './messages.ts'

/** A call that etcd has not answered by then has failed (milliseconds). */
const callTimeout = 15_000
const attempts = 4

type Service = 'KV' | 'Watch' | 'Maintenance'

/** etcd3's connections and authentication, opened up for calls with our own encoders. */
export class EtcdConnection extends Etcd3 {
  readonly leases: LeaseClient
  #closed = false

  constructor(options: IOptions) {
    super({
      ...options,
      grpcOptions: {
        // a page of large objects, or what a watch that fell behind is sent at once
        'grpc.max_receive_message_length': -1,
        'grpc.max_send_message_length': -1,
        // each costs main-thread time on every call; what may be repeated is decided here
        'grpc.enable_retries': 0,
        'grpc.enable_channelz': 0,
        'grpc.keepalive_time_ms': 30_000,
        'grpc.keepalive_timeout_ms': 10_000,
        'grpc.initial_reconnect_backoff_ms': 100,
        'grpc.max_reconnect_backoff_ms': 2_000,
      },
      // we try again ourselves, since a write whose fate is not known must not be repeated
      faultHandling: { host: () => passThrough, global: passThrough },
    } as unknown as IOptions)
    this.leases = new LeaseClient(this.pool)
  }

  override close(): void {
    this.#closed = true
    super.close()
  }

  /** One call. `repeatable` says that it changes nothing when it is made twice. */
  async call<T>(
    doing: string,
    service: Service,
    method: string,
    request: Buffer,
    decode: (bytes: Buffer) => T,
    repeatable: boolean,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#once(service, method, request, decode)
      if (!('error' in outcome)) return outcome.value
      const { error } = outcome
      if (error instanceof Error && error.message.includes('invalid auth token')) this.#forgetToken()
      const again = neverSent(error) || (repeatable && isPassing(error)) || isTokenError(error)
      if (!again || attempt >= attempts || this.#closed) throw fromEtcd(error, doing)
      await new Promise(resolve => setTimeout(resolve, 50 * attempt))
    }
  }

  /** A watch stream, and the version of the very server at its other end. */
  async openWatch(): Promise<{ stream: ClientDuplexStream<Buffer, Buffer>; version: string }> {
    const opened = await this.pool.withConnection('Watch', async ({ resource, client, metadata }) => {
      const maintenance = resource.getServiceClient('Maintenance')
      const asked = await unary(maintenance, metadata, path('Maintenance', 'Status'), encodeEmpty(), decodeVersion)
      if ('error' in asked) return asked
      const stream = client.makeBidiStreamRequest(path('Watch', 'Watch'), same, same, metadata)
      return { value: { stream, version: asked.value } }
    })
    if (!('error' in opened)) return opened.value
    if (isTokenError(opened.error)) this.#forgetToken()
    throw fromEtcd(opened.error, 'cannot watch etcd')
  }

  async #once<T>(
    service: Service,
    method: string,
    request: Buffer,
    decode: (bytes: Buffer) => T,
  ): Promise<{ value: T } | { error: unknown }> {
    if (this.#closed) return { error: new EtcdUnavailableError('the connection is closed') }
    try {
      // an error is handed back as a value: etcd3 would close every stream of the connection for it
      return await this.pool.withConnection(service, ({ client, metadata }) =>
        unary(client, metadata, path(service, method), request, decode),
      )
    } catch (error) {
      return { error }
    }
  }

  /** Tokens run out (five minutes by default); the next call fetches another. */
  #forgetToken(): void {
    const { authenticator } = this.pool as unknown as { authenticator?: { invalidateMetadata(): void } }
    authenticator?.invalidateMetadata()
  }
}

function unary<T>(
  client: Client,
  metadata: Metadata,
  method: string,
  request: Buffer,
  decode: (bytes: Buffer) => T,
): Promise<{ value: T } | { error: unknown }> {
  return new Promise(resolve => {
    const options = { deadline: Date.now() + callTimeout }
    client.makeUnaryRequest(method, same, decode, request, metadata, options, (error, value) => {
      if (error || value === undefined) resolve({ error: error ?? new EtcdUnavailableError('etcd gave no answer') })
      else resolve({ value })
    })
  })
}

function path(service: Service, method: string): string {
  return `/etcdserverpb.${service}/${method}`
}

const same = (bytes: Buffer): Buffer => bytes

function isTokenError(error: unknown): boolean {
  return error instanceof Error && error.message.includes('invalid auth token')
}

const passThrough = { execute: <T>(run: (context: object) => T) => Promise.resolve(run({})) }
