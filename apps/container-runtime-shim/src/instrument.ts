import type { Logger } from '@kubets/component'
import { type CallContext, codeOf, RpcError, rpcCode } from '@kubets/cri'

/** Counts and times of one method, for the metrics page. */
export interface MethodObserver {
  observe(method: string, code: string, seconds: number): void
}

type Method = (request: never, context: CallContext) => unknown

const codeNames = new Map<number, string>(Object.entries(rpcCode).map(([name, code]) => [code, name]))

/**
 * Wraps every method of a service once: a line in the log, a number in the metrics, and the one translation of errors into
 * gRPC's. What carries a code keeps it; everything else is UNKNOWN, as from upstream's runtimes.
 */
export function instrument<T extends object>(service: T, log: Logger, observer?: MethodObserver): T {
  const wrapped = Object.entries(service as Record<string, Method>).map(([name, method]) => {
    const finish = (start: number, error?: unknown) => {
      const seconds = (performance.now() - start) / 1_000
      const code = error === undefined ? 'ok' : (codeNames.get(codeOf(error) ?? rpcCode.unknown) ?? 'unknown')
      observer?.observe(name, code, seconds)
      if (error === undefined) log.trace({ method: name, seconds }, 'CRI call')
      else if (code === 'notFound') log.debug({ method: name, err: error }, 'CRI call failed')
      else log.warn({ method: name, err: error, code }, 'CRI call failed')
    }
    const call = (request: never, context: CallContext) => {
      const start = performance.now()
      const result = method.call(service, request, context)
      if (result !== null && typeof result === 'object' && Symbol.asyncIterator in result)
        return watched(result as AsyncIterable<unknown>, error => finish(start, error))
      return Promise.resolve(result).then(
        answer => {
          finish(start)
          return answer
        },
        (error: unknown) => {
          finish(start, error)
          throw translate(error)
        },
      )
    }
    return [name, call]
  })
  return Object.fromEntries(wrapped) as T
}

async function* watched(items: AsyncIterable<unknown>, done: (error?: unknown) => void): AsyncGenerator<unknown> {
  try {
    yield* items
    done()
  } catch (error) {
    done(error)
    throw translate(error)
  }
}

function translate(error: unknown): RpcError {
  if (error instanceof RpcError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new RpcError(codeOf(error) ?? rpcCode.unknown, message, { cause: error })
}
