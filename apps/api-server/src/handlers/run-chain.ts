import { ApiError, internalError, requestEntityTooLarge, timeout } from '@kubets/apimachinery'
import type { Logger } from '@kubets/component'
import { StoreError, StoreTimeoutError } from '@kubets/storage'
import { anonymous } from '../authentication/users.ts'
import { BodyTooLargeError, ClientGoneError, type Exchange } from '../front/exchange.ts'
import type { RequestMetrics } from '../metrics/request-metrics.ts'
import type { RequestContext, Step } from './request-context.ts'
import { unknownRequestInfo } from './request-info.ts'
import { respondStatus } from './respond.ts'

export interface RunChainOptions {
  chain: readonly Step[]
  metrics: RequestMetrics
  logger: Logger
}

/** Takes one exchange through the chain. Whatever is thrown on the way becomes a Status here and nowhere else. */
export function runChain({ chain, metrics, logger }: RunChainOptions): (exchange: Exchange) => void {
  const debug = logger.isLevelEnabled('debug')
  return exchange => {
    const context: RequestContext = {
      exchange,
      receivedAt: performance.now(),
      info: unknownRequestInfo,
      user: anonymous,
      auditId: '',
      audit: undefined,
      warnings: undefined,
    }
    exchange.onClose(() => {
      metrics.finished(context)
      context.audit?.complete(exchange.status)
      if (debug)
        logger.debug(
          {
            verb: context.info.verb,
            uri: exchange.target,
            user: context.user.name,
            auditId: context.auditId,
            status: exchange.status,
            ms: Math.round((performance.now() - context.receivedAt) * 10) / 10,
          },
          'HTTP',
        )
    })
    metrics.started()
    run(chain, context, 0)?.catch(error => fail(context, error, logger))
    function run(steps: readonly Step[], c: RequestContext, from: number): Promise<void> | undefined {
      try {
        for (let i = from; i < steps.length; i++) {
          const waiting = (steps[i] as Step)(c)
          // most steps never wait, so most requests pay for no promise here
          if (waiting !== undefined) return waiting.then(() => run(steps, c, i + 1))
        }
      } catch (error) {
        fail(c, error, logger)
      }
      return undefined
    }
  }
}

function fail(context: RequestContext, error: unknown, logger: Logger): void {
  const { exchange } = context
  if (error instanceof ClientGoneError || exchange.closed) return
  const status = toApiError(error)
  if (status.code >= 500 && !(error instanceof ApiError))
    logger.error({ err: error, uri: exchange.target, auditId: context.auditId }, 'Request failed')
  if (exchange.responded) {
    // the answer had begun: the client must see that it is broken off, not that it is complete
    exchange.cut()
    return
  }
  respondStatus(context, status)
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof BodyTooLargeError) return requestEntityTooLarge(error.message)
  // whether a write happened is not known: upstream's words for it
  if (error instanceof StoreTimeoutError)
    return timeout(`request did not complete within requested timeout - ${error.message}`)
  // upstream hands on what etcd says, without a reason
  if (error instanceof StoreError)
    return new ApiError({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: error.message,
      code: 500,
    })
  return internalError(error instanceof Error ? error.message : String(error))
}
