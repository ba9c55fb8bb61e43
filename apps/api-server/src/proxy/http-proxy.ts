import { Readable } from 'node:stream'
import { serviceUnavailable } from '@kubets/apimachinery'
import { type PlainAnswer, proxyRequest, proxyUpgrade } from '@kubets/streaming'
import type { SubresourceHandler } from '../resources/router.ts'
import { maxBodyBytes } from '../resources/steps/read-body.ts'
import { exchangeResponse } from './exchange-response.ts'
import type { FindTarget } from './proxy-targets.ts'

/** `…/proxy/<path>`: any request, passed on to a node, pod or service; upgrades (WebSocket) too. Bodies up to 3 MiB. */
export function httpProxy(findTarget: FindTarget): SubresourceHandler {
  return async (rest, context) => {
    const { info, exchange } = context
    const query = exchange.target.indexOf('?')
    const path = `${info.rest === '' ? '/' : info.rest}${query === -1 ? '' : exchange.target.slice(query)}`
    const target = findTarget(rest, info, path)
    if (exchange.canUpgrade && exchange.native !== undefined) {
      const { request } = exchange.native
      return proxyUpgrade({ request, ...exchange.takeConnection(), target, onDialError: unreachable })
    }
    const body = await exchange.readBody(maxBodyBytes)
    await proxyRequest({
      method: exchange.method,
      headers: exchange.headers,
      ...(body.length > 0 ? { body: Readable.from([body]) } : {}),
      response: exchangeResponse(exchange),
      target,
      onDialError: unreachable,
    })
  }
}

function unreachable(error: Error): PlainAnswer {
  const { status, code } = serviceUnavailable(`error trying to reach service: ${error.message}`)
  return { status: code, headers: { 'content-type': 'application/json' }, body: JSON.stringify(status) }
}
