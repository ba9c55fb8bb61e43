import { ApiError, badRequest, internalError, requestEntityTooLarge, timeout } from '@kubets/apimachinery'
import type { Logger } from '@kubets/component'
import { StoreError, StoreTimeoutError } from '@kubets/storage'
import { shownTarget } from '../audit/shown-target.ts'
import { anonymous } from '../authentication/users.ts'
import { BodyTooLargeError, ClientGoneError, type Exchange, MalformedBodyError } from '../front/exchange.ts'
import type { RequestMetrics } from '../metrics/request-metrics.ts'
import type { MaxInFlight } from './max-in-flight.ts'
import { PlainTextRefusal } from './plain-text-refusal.ts'
import type { RequestContext, Step } from './request-context.ts'
import { RequestDeadlines } from './request-deadline.ts'
import { unknownRequestInfo } from './request-info.ts'
import { respondStatus } from './respond.ts'

export interface RunChainOptions {
  chain: readonly Step[]
  metrics: RequestMetrics
  inFlight: MaxInFlight
  /** ms that a request may take, unless it is a long-running one. */
  requestTimeout: number
  logger: Logger
}

export interface Chain extends Disposable {
  handle(exchange: Exchange): void
}

/** Takes exchanges through the chain. Whatever is thrown on the way becomes a Status here and nowhere else. */
export function runChain({ chain, metrics, inFlight, requestTimeout, logger }: RunChainOptions): Chain {
  const debug = logger.isLevelEnabled('debug')
  const deadlines = new RequestDeadlines(requestTimeout, context =>
    fail(context, timeout('request did not complete within the allotted timeout'), logger),
  )
  const handle = (exchange: Exchange) => {
    const context: RequestContext = {
      exchange,
      receivedAt: performance.now(),
      info: unknownRequestInfo,
      user: anonymous,
      auditId: '',
      bodyBytes: 0,
      audit: undefined,
      warnings: undefined,
      lane: undefined,
      timeout: undefined,
    }
    exchange.onClose(() => {
      inFlight.release(context)
      deadlines.delete(context)
      metrics.finished(context)
      context.audit?.complete(exchange.status)
      if (debug)
        logger.debug(
          {
            verb: context.info.verb,
            uri: shownTarget(exchange.target),
            user: context.user.name,
            auditId: context.auditId,
            status: exchange.status,
            ms: Math.round((performance.now() - context.receivedAt) * 10) / 10,
          },
          'HTTP',
        )
    })
    const waiting = run(context, 0)
    // also what is answered by now: a client that does not read holds its answer, and a place among those in flight
    deadlines.add(context)
    waiting?.catch(error => fail(context, error, logger))
  }
  function run(context: RequestContext, from: number): Promise<void> | undefined {
    try {
      for (let i = from; i < chain.length; i++) {
        const waiting = (chain[i] as Step)(context)
        // most steps never wait, so most requests pay for no promise here
        if (waiting !== undefined) return goOn(waiting, context, i + 1)
      }
    } catch (error) {
      fail(context, error, logger)
    }
    return undefined
  }
  // by itself: a variable of the loop that a function holds would be an object for each step
  const goOn = (waiting: Promise<void>, context: RequestContext, from: number) => waiting.then(() => run(context, from))
  return { handle, [Symbol.dispose]: () => deadlines[Symbol.dispose]() }
}

function fail(context: RequestContext, error: unknown, logger: Logger): void {
  const { exchange } = context
  if (error instanceof ClientGoneError || exchange.closed) return
  const status = toApiError(error)
  if (status.code >= 500 && !(error instanceof ApiError) && !(error instanceof PlainTextRefusal))
    logger.error({ err: error, uri: shownTarget(exchange.target), auditId: context.auditId }, 'Request failed')
  if (exchange.responded) {
    // the answer had begun: the client must see that it is broken off, not that it is complete
    exchange.cut()
    return
  }
  if (error instanceof PlainTextRefusal) respondPlainText(exchange, error)
  else if ((status.status.details?.causes?.length ?? 0) < manyCauses) respondStatus(context, status)
  else
    setImmediate(() => {
      if (!exchange.closed && !exchange.responded) respondStatus(context, status)
    })
}

/** With so many causes it takes milliseconds to write what was wrong: a turn of its own. */
const manyCauses = 1_000

function respondPlainText(exchange: Exchange, { status, message }: PlainTextRefusal): void {
  exchange.setHeader('cache-control', 'no-cache, private')
  exchange.setHeader('x-content-type-options', 'nosniff')
  exchange.respond(status, 'text/plain; charset=utf-8', `${message}\n`)
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof BodyTooLargeError) return requestEntityTooLarge(error.message)
  if (error instanceof MalformedBodyError) return badRequest(error.message)
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
