import type { Client, Metadata, ServiceError } from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import { grpcNames } from '../metrics.ts'
import {
  type DecryptRequest,
  type EncryptResponse,
  type KmsMethods,
  loadKmsService,
  type StatusResponse,
} from './definition.ts'
import type { KmsMetrics } from './metrics.ts'

/** What a KMS v2 plugin does for us. */
export interface KmsPlugin {
  status(): Promise<StatusResponse>
  encrypt(uid: string, plaintext: Buffer): Promise<EncryptResponse>
  decrypt(request: DecryptRequest): Promise<Buffer>
  close(): void
}

/** A call failed: with the plugin's own words, or since nobody answered in time. */
export class KmsError extends Error {
  override readonly name = 'KmsError'
  /** gRPC's. */
  readonly code: number
  constructor(code: number, message: string, cause: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Speaks to a plugin on a unix socket. The connection comes back by itself; a call waits for it until its time is over. */
export async function connectKmsPlugin(
  { name, endpoint, timeout }: { name: string; endpoint: string; timeout: number },
  metrics: KmsMetrics,
): Promise<KmsPlugin> {
  const [grpc, service] = await Promise.all([import('@grpc/grpc-js'), loadKmsService()])
  const client = new grpc.Client(target(endpoint), grpc.credentials.createInsecure(), {
    'grpc.default_authority': 'localhost',
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
  })
  const metadata = new grpc.Metadata({ waitForReady: true })
  const ask = <Q extends object, A>(method: MethodDefinition<Q, A>, request: Q): Promise<A> =>
    call(client, method, request, metadata, timeout, (started, code) =>
      metrics.operation(name, method.path, started, code),
    )
  const methods: KmsMethods = service
  return {
    status: () => ask(methods.Status, {}),
    encrypt: (uid, plaintext) => ask(methods.Encrypt, { uid, plaintext }),
    decrypt: async request => (await ask(methods.Decrypt, request)).plaintext,
    close: () => client.close(),
  }
}

/** `unix:///run/kms.sock`, or `unix:///@name` for a socket without a file. */
function target(endpoint: string): string {
  const path = decodeURIComponent(new URL(endpoint).pathname)
  return path.startsWith('/@') ? `unix-abstract:${path.slice(2)}` : `unix:${path}`
}

/** As Go prints it. */
function failure(error: ServiceError): KmsError {
  const text = `rpc error: code = ${grpcNames[error.code] ?? error.code} desc = ${error.details || error.message}`
  return new KmsError(error.code, text, error)
}

function call<Q extends object, A>(
  client: Client,
  method: MethodDefinition<Q, A>,
  request: Q,
  metadata: Metadata,
  timeout: number,
  done: (started: number, code: number) => void,
): Promise<A> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      metadata,
      { deadline: Date.now() + timeout },
      (error: ServiceError | null, answer?: A) => {
        done(started, error?.code ?? 0)
        if (error) reject(failure(error))
        else resolve(answer as A)
      },
    )
  })
}
