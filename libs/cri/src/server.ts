import { chmod, mkdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import type { ServerUnaryCall, ServerWritableStream, sendUnaryData, UntypedHandleCall } from '@grpc/grpc-js'
import { loadServices, maxMessageBytes, type WireMethod } from './definition.ts'
import { codeOf, rpcCode } from './errors.ts'
import type { CallContext, ImageService, RuntimeService } from './methods.ts'

export interface ServeCriOptions {
  /** Path of the unix socket, with or without `unix://`. At most 107 bytes. A stale one is replaced, a live one refused. */
  socket: string
  runtime: RuntimeService
  image: ImageService
  /** Milliseconds that running calls get to finish when the server ends. Default 2,000. */
  graceMs?: number
}

type AnyHandler = (request: object, context: CallContext) => Promise<object> | AsyncIterable<object>

/** Serves CRI v1 on a unix socket. Errors that carry no gRPC code become UNKNOWN, as upstream's servers do. */
export async function serveCri(options: ServeCriOptions): Promise<AsyncDisposable> {
  const path = options.socket.replace(/^unix:(\/\/)?/, '')
  if (Buffer.byteLength(path) > 107)
    throw new Error(`socket path is longer than 107 bytes, the kernel's limit: ${path}`)
  await mkdir(dirname(path), { recursive: true })
  await removeStale(path)
  const [grpc, services] = await Promise.all([import('@grpc/grpc-js'), loadServices()])
  const server = new grpc.Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  })
  register(server, services.runtime, options.runtime as unknown as Record<string, AnyHandler>)
  register(server, services.image, options.image as unknown as Record<string, AnyHandler>)
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, grpc.ServerCredentials.createInsecure(), error =>
      error ? reject(error) : resolve(),
    )
  })
  await chmod(path, 0o600)
  return {
    async [Symbol.asyncDispose]() {
      const timer = setTimeout(() => server.forceShutdown(), options.graceMs ?? 2_000)
      await new Promise<void>(resolve => server.tryShutdown(() => resolve()))
      clearTimeout(timer)
      await rm(path, { force: true })
    },
  }
}

function register(
  server: import('@grpc/grpc-js').Server,
  methods: readonly WireMethod[],
  service: Record<string, AnyHandler>,
): void {
  const definition = Object.fromEntries(methods.map(m => [m.name, m.definition]))
  const handlers: Record<string, UntypedHandleCall> = {}
  for (const { name, definition: method } of methods) {
    const handler = service[name]
    if (!handler) throw new TypeError(`the service lacks the method ${name}`)
    const bound = handler.bind(service)
    handlers[name] = (method.responseStream ? streamHandler(bound) : unaryHandler(bound)) as UntypedHandleCall
  }
  server.addService(definition as never, handlers)
}

function unaryHandler(handler: AnyHandler) {
  return (call: ServerUnaryCall<object, object>, answer: sendUnaryData<object>) => {
    const gone = new AbortController()
    call.on('cancelled', () => gone.abort())
    Promise.resolve()
      .then(() => handler(call.request, { signal: gone.signal }) as Promise<object>)
      .then(
        response => answer(null, response),
        error => answer(toStatus(error)),
      )
  }
}

function streamHandler(handler: AnyHandler) {
  return async (call: ServerWritableStream<object, object>) => {
    const gone = new AbortController()
    call.on('cancelled', () => gone.abort())
    try {
      for await (const message of handler(call.request, { signal: gone.signal }) as AsyncIterable<object>) {
        if (gone.signal.aborted) break
        if (!call.write(message)) await drained(call, gone.signal) // the reader's pace is the sender's pace
      }
      call.end()
    } catch (error) {
      call.emit('error', toStatus(error))
    }
  }
}

function drained(call: NodeJS.EventEmitter, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      call.off('drain', done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    call.once('drain', done)
    signal.addEventListener('abort', done, { once: true })
  })
}

function toStatus(error: unknown): { code: number; details: string } {
  return {
    code: codeOf(error) ?? rpcCode.unknown,
    details: error instanceof Error ? error.message : String(error),
  }
}

/** A socket file that nobody listens on stays behind after SIGKILL; one that somebody listens on is theirs. */
async function removeStale(path: string): Promise<void> {
  const live = await new Promise<boolean>(resolve => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
  if (live) throw new Error(`another container runtime listens on ${path}`)
  await rm(path, { force: true })
}
