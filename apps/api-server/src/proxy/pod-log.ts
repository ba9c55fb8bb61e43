import type { StatusCause } from '@kubets/api-types'
import { badRequest, field, invalid } from '@kubets/apimachinery'
import type { RequestContext } from '../handlers/request-context.ts'
import { respondJson } from '../handlers/respond.ts'
import { boolParameter } from '../resources/query.ts'
import { methodNotAllowed, type SubresourceHandler } from '../resources/router.ts'
import { asksForWebSocket, beginWebSocket, type WebSocketBodyOptions } from '../resources/web-socket-body.ts'
import type { KubeletClient } from './kubelet.ts'
import { kubeletError } from './kubelet-error.ts'
import { containerOf, readPod } from './pod-container.ts'

const passedOn = [
  'follow',
  'previous',
  'timestamps',
  'sinceSeconds',
  'sinceTime',
  'tailLines',
  'limitBytes',
  'stream',
] as const
const numbers: Readonly<Record<string, number>> = { sinceSeconds: 1, tailLines: 0, limitBytes: 1 }

/** GET pods/<name>/log: the kubelet's answer, passed on as it comes and as fast as the client reads. */
export function podLog(kubelets: KubeletClient): SubresourceHandler {
  return async (rest, context) => {
    const { info, exchange } = context
    if (info.verb !== 'get') throw methodNotAllowed()
    const query = logOptions(info.query, info.name)
    const pod = await readPod(rest, context)
    const container = containerOf(pod, info.query.get('container'))
    const node = pod.spec?.nodeName ?? ''
    if (node === '') {
      // not on a node yet: nothing was logged
      respondJson(context, 204, '', '')
      return
    }
    const path = `/containerLogs/${encodeURIComponent(info.namespace)}/${encodeURIComponent(info.name)}/${encodeURIComponent(container)}${query}`
    const abort = new AbortController()
    exchange.onClose(() => abort.abort())
    exchange.onHangUp(() => abort.abort())
    const response = await kubelets.get(kubelets.addressOf(rest, info, node), path, abort.signal)
    const { statusCode = 0 } = response
    if (statusCode < 200 || statusCode > 206) throw await kubeletError(response, info.name)
    await pass(response, context, String(response.headers['content-type'] ?? 'text/plain'))
  }
}

/** Chunks as binary messages, or base64 as text, after an empty one that shows that the connection stands. */
const messages: WebSocketBodyOptions = {
  protocols: ['', 'binary.k8s.io', 'base64.binary.k8s.io'],
  message: (chunk, protocol) =>
    protocol === 'base64.binary.k8s.io'
      ? { data: Buffer.from(chunk).toString('base64'), binary: false }
      : { data: chunk, binary: true },
  first: new Uint8Array(0),
}

async function pass(source: AsyncIterable<Buffer>, { exchange, info }: RequestContext, type: string): Promise<void> {
  exchange.setHeader('cache-control', 'no-cache, private')
  // what is followed may say nothing for hours: its end is its reader's
  const begin = () =>
    boolParameter(info.query, 'follow') ? exchange.beginEvents(200, type) : exchange.begin(200, type)
  const writer = asksForWebSocket(exchange) ? await beginWebSocket(exchange, messages) : begin()
  if (writer === undefined) return
  try {
    for await (const chunk of source) {
      if (writer.closed) return
      if (!writer.write(chunk)) await writer.drained()
    }
    writer.end()
  } catch {
    // the kubelet went away in the middle: the client must not take it for the end
    exchange.cut()
  }
}

/** The options as a query for the kubelet. Throws 422 for what is out of range. */
function logOptions(query: URLSearchParams, name: string): string {
  const causes: StatusCause[] = []
  const out = new URLSearchParams()
  for (const option of passedOn) {
    const value = query.get(option)
    if (value === null || value === '') continue
    const least = numbers[option]
    if (least !== undefined) {
      if (!/^-?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
      if (Number(value) < least)
        causes.push(
          field.invalid(
            option,
            Number(value),
            least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0',
          ),
        )
    }
    out.set(option, value)
  }
  if (query.has('sinceSeconds') && query.has('sinceTime'))
    causes.push(field.forbidden('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'))
  if (causes.length > 0) throw invalid('PodLogOptions', name, causes)
  out.sort()
  const text = out.toString()
  return text === '' ? '' : `?${text}`
}
