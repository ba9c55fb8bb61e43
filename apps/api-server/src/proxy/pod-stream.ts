import type { Pod, StatusCause } from '@kubets/api-types'
import { badRequest, field, forbidden, invalid, plainError } from '@kubets/apimachinery'
import { proxyUpgrade } from '@kubets/streaming'
import type { Authorizer } from '../authorization/authorizer.ts'
import { RequestedAccess } from '../authorization/requested-access.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import { isTrue, type RequestInfo } from '../handlers/request-info.ts'
import { methodNotAllowed, type SubresourceHandler } from '../resources/router.ts'
import type { KubeletClient } from './kubelet.ts'
import { containerOf, nodeOf, readPod } from './pod-container.ts'
import { statusAnswer } from './status-answer.ts'

export type StreamKind = 'exec' | 'attach' | 'portforward'

/**
 * pods/<name>/exec, attach and portforward: the client's upgrade is made again at the kubelet, and from then on the two
 * connections are one. Which protocol is spoken on it (SPDY, WebSocket) is no business of ours, and what the kubelet refuses
 * is refused in its own words.
 */
export function podStream(kind: StreamKind, kubelets: KubeletClient, authorizer: Authorizer): SubresourceHandler {
  return async (rest, context) => {
    const { info, exchange } = context
    if (info.verb !== 'get' && info.verb !== 'create') throw methodNotAllowed()
    if (info.verb === 'get') await mustBeAllowedToCreate(authorizer, context)
    const pod = await readPod(rest, context)
    const container = kind === 'portforward' ? '' : streamedContainer(kind, pod, info.query)
    const node = nodeOf(pod)
    const address = kubelets.addressOf(rest, info, node)
    const path = kubeletPath(kind, container, info)
    if (!exchange.canUpgrade) throw badRequest('Upgrade request required')
    const target = kubelets.target(address, path)
    const onFailure = (error: Error) => statusAnswer(context, plainError(error.message))
    await proxyUpgrade({ ...exchange.takeConnection(), target, onFailure })
  }
}

/** A WebSocket begins with a GET, and a stream into a pod is more than reading: who opens one has to be allowed to `create` it. */
async function mustBeAllowedToCreate(authorizer: Authorizer, { user, info }: RequestContext): Promise<void> {
  const { decision, reason, error } = await authorizer.authorize(
    new RequestedAccess({ user, info: { ...info, verb: 'create' } }),
  )
  if (decision === 'allow') return
  throw error === undefined ? forbidden('pods', info.name, reason) : plainError(error)
}

/** The container to exec into or attach to. Throws 400 for a pod that is over, and for a container that is not there. */
function streamedContainer(kind: StreamKind, pod: Pod, query: URLSearchParams): string {
  const phase = pod.status?.phase
  if (phase === 'Succeeded' || phase === 'Failed')
    throw badRequest(
      kind === 'exec'
        ? `cannot exec into a container in a completed pod; current phase is ${phase}`
        : `cannot attach a container in a completed pod; current phase is ${phase}`,
    )
  return containerOf(pod, query.get('container'))
}

function kubeletPath(kind: StreamKind, container: string, { namespace, name, query }: RequestInfo): string {
  const base = `${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`
  const out = new URLSearchParams()
  if (kind === 'portforward') {
    for (const port of query.getAll('ports').flatMap(p => p.split(','))) out.append('port', port)
    return `/portForward/${base}${suffix(out)}`
  }
  const commands = query.getAll('command')
  const causes: StatusCause[] = []
  if (kind === 'exec' && commands.length === 0) causes.push(field.required('command'))
  if (causes.length > 0) throw invalid('PodExecOptions', name, causes)
  for (const command of commands) out.append('command', command)
  if (isTrue(query.get('stdin'))) out.set('input', '1')
  if (isTrue(query.get('stdout'))) out.set('output', '1')
  if (isTrue(query.get('stderr'))) out.set('error', '1')
  if (isTrue(query.get('tty'))) out.set('tty', '1')
  return `/${kind}/${base}/${encodeURIComponent(container)}${suffix(out)}`
}

const suffix = (query: URLSearchParams) => (query.size === 0 ? '' : `?${query}`)
