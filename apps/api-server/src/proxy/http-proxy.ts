import { Readable } from 'node:stream'
import { plainError, serviceUnavailable } from '@kubets/apimachinery'
import { type ProxyTarget, proxyRequest, proxyUpgrade } from '@kubets/streaming'
import type { Exchange } from '../front/exchange.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { methodNotAllowed, type SubresourceHandler } from '../resources/router.ts'
import { maxBodyBytes } from '../resources/steps/read-body.ts'
import { exchangeResponse } from './exchange-response.ts'
import type { FindTarget } from './proxy-targets.ts'
import { statusAnswer } from './status-answer.ts'

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** `…/proxy/<path>`: any request, passed on to a node, pod or service; upgrades (WebSocket) too. Bodies up to 3 MiB. */
export function httpProxy(findTarget: FindTarget): SubresourceHandler {
  return async (rest, context) => {
    const { info, exchange } = context
    if (!methods.has(exchange.method)) throw methodNotAllowed()
    const query = exchange.target.indexOf('?')
    const end = query === -1 ? exchange.target.length : query
    const path = `${info.rest === '' ? '/' : info.rest}${exchange.target.slice(end)}`
    const asked = exchange.target.slice(0, end)
    const before = asked.endsWith(info.rest) ? asked.slice(0, asked.length - info.rest.length) : asked
    const prefix = before.replace(/\/$/, '')
    const target = forwarded(exchange, await findTarget(rest, info, path), `${prefix}${info.rest || '/'}`)
    if (exchange.canUpgrade)
      return proxyUpgrade({ ...exchange.takeConnection(), target, onFailure: notUpgraded(context) })
    if (info.rest === '' && !asked.endsWith('/') && /^(GET|HEAD)$/.test(exchange.method)) {
      // what the backend links to from its root leads past `proxy` otherwise
      exchange.setHeader('Location', `${asked}/${exchange.target.slice(end)}`)
      return exchange.respond(301, '', '')
    }
    const body = await exchange.readBody(maxBodyBytes)
    const hungUp = new AbortController()
    exchange.onHangUp(() => hungUp.abort())
    await proxyRequest({
      method: exchange.method,
      headers: exchange.headers,
      ...(body.length > 0 ? { body: Readable.from([body]) } : {}),
      response: exchangeResponse(exchange),
      target,
      onFailure: unreachable(context),
      signal: hungUp.signal,
      proxiedAt: { prefix, host: new URL(target.url).host, requestHost: hostOf(exchange) },
    })
  }
}

/** The host that the client has asked for. */
const hostOf = ({ headers }: Exchange): string | undefined => [headers[':authority'] ?? headers.host].flat()[0]

/** Whom the backend takes for its client: what a client says of itself comes first, what we have seen last. And where it is found here. */
function forwarded({ headers, connection }: Exchange, target: ProxyTarget, uri: string): ProxyTarget {
  const { remoteAddress } = connection
  const own = { ...target.headers, 'X-Forwarded-Uri': uri }
  if (remoteAddress === undefined) return { ...target, headers: own }
  const said = headers['x-forwarded-for']
  const value = [...(said === undefined ? [] : [said].flat()), remoteAddress].join(', ')
  return { ...target, headers: { ...own, 'X-Forwarded-For': value } }
}

const unreachable =
  (context: RequestContext) =>
  ({ message }: Error) =>
    statusAnswer(context, serviceUnavailable(`error trying to reach service: ${message}`))

/** Where a connection is to be taken over, upstream dials itself, and what comes of it is no Status. */
const notUpgraded =
  (context: RequestContext) =>
  ({ message }: Error) =>
    statusAnswer(context, plainError(message))
