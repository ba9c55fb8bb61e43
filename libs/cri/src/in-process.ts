import type { CriClient } from './client.ts'
import { loadServices, type WireMethod } from './definition.ts'
import { codeOf, RpcError, rpcCode } from './errors.ts'
import type { CallOptions, ImageService, RuntimeService } from './methods.ts'

/**
 * A client of services in the same process. Every message still goes through its wire form, so that both sides see what they
 * would see over a socket: complete messages, 64-bit integers as strings, nothing shared.
 */
export async function connectInProcess(service: RuntimeService & ImageService): Promise<CriClient> {
  const wire = await loadServices()
  const gone = new AbortController()
  const handlers = service as unknown as Record<string, (request: object, context: { signal: AbortSignal }) => unknown>
  const methods = [...wire.runtime, ...wire.image].map(method => {
    const handler = handlers[method.name]
    if (handler === undefined) throw new TypeError(`the service lacks the method ${method.name}`)
    const call = method.definition.responseStream ? streaming : unary
    return [method.name, call(method, handler.bind(service), gone.signal)]
  })
  const dispose = {
    async [Symbol.asyncDispose]() {
      gone.abort()
    },
  }
  return Object.assign(Object.fromEntries(methods), dispose) as CriClient // the method table is the interface, by name
}

type Handler = (request: object, context: { signal: AbortSignal }) => unknown

function signalOf(options: CallOptions, gone: AbortSignal): AbortSignal {
  const signals = [gone]
  if (options.signal) signals.push(options.signal)
  if (options.timeoutMs) signals.push(AbortSignal.timeout(options.timeoutMs))
  return AbortSignal.any(signals)
}

function unary({ definition }: WireMethod, handler: Handler, gone: AbortSignal) {
  return async (request: object, options: CallOptions = {}): Promise<object> => {
    const signal = signalOf(options, gone)
    if (signal.aborted) throw new RpcError(rpcCode.cancelled, 'the call was cancelled')
    try {
      const arrived = definition.requestDeserialize(definition.requestSerialize(request))
      const answer = (await handler(arrived, { signal })) as object
      return definition.responseDeserialize(definition.responseSerialize(answer))
    } catch (error) {
      throw asRpcError(error)
    }
  }
}

function streaming({ definition }: WireMethod, handler: Handler, gone: AbortSignal) {
  return async function* (request: object, options: CallOptions = {}): AsyncGenerator<object> {
    const signal = signalOf(options, gone)
    if (signal.aborted) return
    const arrived = definition.requestDeserialize(definition.requestSerialize(request))
    try {
      for await (const message of handler(arrived, { signal }) as AsyncIterable<object>) {
        if (signal.aborted) return
        yield definition.responseDeserialize(definition.responseSerialize(message))
      }
    } catch (error) {
      if (!signal.aborted) throw asRpcError(error)
    }
  }
}

function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error
  return new RpcError(codeOf(error) ?? rpcCode.unknown, error instanceof Error ? error.message : String(error), {
    cause: error,
  })
}
