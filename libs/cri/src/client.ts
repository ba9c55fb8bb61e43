import type { Client, ClientReadableStream, Metadata, ServiceError } from '@grpc/grpc-js'
import { loadServices, maxMessageBytes, type WireMethod } from './definition.ts'
import { type RpcCode, RpcError, rpcCode } from './errors.ts'
import type { CallOptions, ImageClient, RuntimeClient } from './methods.ts'

export interface ConnectCriOptions {
  /** Path of the runtime's unix socket, with or without `unix://`. At most 107 bytes. */
  socket: string
  /** Milliseconds until a unary call fails with DEADLINE_EXCEEDED. Default: two minutes, as kubelet's runtimeRequestTimeout. */
  timeoutMs?: number
  /** Milliseconds to wait for the runtime to listen. Default 0: calls fail with UNAVAILABLE until it does. */
  waitMs?: number
}

export interface CriClient extends RuntimeClient, ImageClient, AsyncDisposable {}

/** One connection to a CRI runtime; it comes back by itself (within two seconds) when the runtime was restarted. */
export async function connectCri(options: ConnectCriOptions): Promise<CriClient> {
  const [grpc, services] = await Promise.all([import('@grpc/grpc-js'), loadServices()])
  const path = options.socket.replace(/^unix:(\/\/)?/, '')
  const client = new grpc.Client(`unix:${path}`, grpc.credentials.createInsecure(), {
    'grpc.default_authority': 'localhost', // a raw path as :authority is refused by grpc-js, ours and containerd's take this
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
  })
  if (options.waitMs) await waitForReady(client, options.waitMs, path)
  const timeoutMs = options.timeoutMs ?? 120_000
  const metadata = new grpc.Metadata()
  const methods = [...services.runtime, ...services.image].map(method => [
    method.name,
    method.definition.responseStream
      ? streamCall(client, method, metadata)
      : unaryCall(client, method, metadata, timeoutMs),
  ])
  const dispose = {
    async [Symbol.asyncDispose]() {
      client.close()
    },
  }
  return Object.assign(Object.fromEntries(methods), dispose) as CriClient // the method table is the interface, by name
}

function waitForReady(client: Client, waitMs: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + waitMs, error => {
      if (!error) return resolve()
      client.close()
      reject(new RpcError(rpcCode.unavailable, `no container runtime listens on ${path} (waited ${waitMs} ms)`))
    })
  })
}

function unaryCall(client: Client, method: WireMethod, metadata: Metadata, defaultMs: number) {
  const { path, requestSerialize, responseDeserialize } = method.definition
  return (request: object, options: CallOptions = {}) =>
    new Promise<object>((resolve, reject) => {
      const ms = options.timeoutMs ?? defaultMs
      const deadline = ms > 0 ? { deadline: Date.now() + ms } : {}
      const call = client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        deadline,
        (error, answer) => {
          options.signal?.removeEventListener('abort', cancel)
          if (error) reject(toRpcError(error))
          else resolve(answer as object)
        },
      )
      const cancel = () => call.cancel()
      if (options.signal?.aborted) cancel()
      else options.signal?.addEventListener('abort', cancel, { once: true })
    })
}

function streamCall(client: Client, method: WireMethod, metadata: Metadata) {
  const { path, requestSerialize, responseDeserialize } = method.definition
  return async function* (request: object, options: CallOptions = {}): AsyncGenerator<object> {
    if (options.signal?.aborted) return
    const deadline = options.timeoutMs ? { deadline: Date.now() + options.timeoutMs } : {}
    const call: ClientReadableStream<object> = client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
      deadline,
    )
    call.on('error', () => undefined) // the loop below gets it; a cancelled call reports one more after the loop's end
    const cancel = () => call.cancel()
    options.signal?.addEventListener('abort', cancel, { once: true })
    try {
      for await (const message of call) yield message as object
    } catch (error) {
      if (!options.signal?.aborted) throw toRpcError(error as ServiceError)
    } finally {
      options.signal?.removeEventListener('abort', cancel)
      call.cancel()
    }
  }
}

function toRpcError(error: ServiceError): RpcError {
  return new RpcError(error.code as number as RpcCode, error.details || error.message, { cause: error })
}
