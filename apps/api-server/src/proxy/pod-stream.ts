import type { Pod, StatusCause } from '@kubets/api-types'
import { badRequest, field, invalid } from '@kubets/apimachinery'
import { isTrue } from '../handlers/request-info.ts'
import { methodNotAllowed, type SubresourceHandler } from '../resources/router.ts'
import { joinConnections, switchingProtocols } from './join-connections.ts'
import type { KubeletClient } from './kubelet.ts'
import { kubeletError } from './kubelet-error.ts'
import { containerOf, nodeOf, readPod } from './pod-container.ts'

export type StreamKind = 'exec' | 'attach' | 'portforward'

/**
 * pods/<name>/exec, attach and portforward: the client's upgrade is made again at the kubelet, and from then on the two
 * connections are one. Which protocol is spoken on it (SPDY, WebSocket) is no business of ours.
 */
export function podStream(kind: StreamKind, kubelets: KubeletClient | undefined): SubresourceHandler {
  return async (rest, context) => {
    const { info, exchange } = context
    if (info.verb !== 'get' && info.verb !== 'create') throw methodNotAllowed()
    const pod = await readPod(rest, context)
    const path = kubeletPath(kind, pod, info.namespace, info.name, info.query)
    const node = nodeOf(pod)
    if (!exchange.canUpgrade) throw badRequest('Upgrade request required')
    if (kubelets === undefined) throw badRequest('the server has no certificate to show to kubelets')
    const abort = new AbortController()
    exchange.onClose(() => abort.abort())
    const { response, connection } = await kubelets.upgrade(
      kubelets.addressOf(rest, node),
      exchange.method,
      path,
      forwardedHeaders(exchange.headers),
      abort.signal,
    )
    if (connection === undefined) throw await kubeletError(response, info.name)
    const client = exchange.takeConnection()
    client.socket.write(switchingProtocols(response))
    await joinConnections(client, connection)
  }
}

function kubeletPath(kind: StreamKind, pod: Pod, namespace: string, name: string, query: URLSearchParams): string {
  const base = `${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`
  const out = new URLSearchParams()
  if (kind === 'portforward') {
    for (const port of query.getAll('ports').flatMap(p => p.split(','))) out.append('port', port)
    return `/portForward/${base}${suffix(out)}`
  }
  const phase = pod.status?.phase
  if (phase === 'Succeeded' || phase === 'Failed')
    throw badRequest(
      kind === 'exec'
        ? `cannot exec into a container in a completed pod; current phase is ${phase}`
        : `cannot attach a container in a completed pod; current phase is ${phase}`,
    )
  const commands = query.getAll('command')
  const causes: StatusCause[] = []
  if (kind === 'exec' && commands.length === 0) causes.push(field.required('command'))
  if (causes.length > 0) throw invalid('PodExecOptions', name, causes)
  const container = containerOf(pod, query.get('container'))
  for (const command of commands) out.append('command', command)
  if (isTrue(query.get('stdin'))) out.set('input', '1')
  if (isTrue(query.get('stdout'))) out.set('output', '1')
  if (isTrue(query.get('stderr'))) out.set('error', '1')
  if (isTrue(query.get('tty'))) out.set('tty', '1')
  return `/${kind}/${base}/${encodeURIComponent(container)}${suffix(out)}`
}

const suffix = (query: URLSearchParams) => (query.size === 0 ? '' : `?${query}`)

/** Everything of the client's but who it is: the kubelet knows us, not it. */
function forwardedHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || /^(host|authorization|content-length|impersonate-.*|x-remote-.*)$/.test(name)) continue
    out[name] = value
  }
  return out
}
