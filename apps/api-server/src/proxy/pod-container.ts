import type { Pod } from '@kubets/api-types'
import { badRequest, notFound } from '@kubets/apimachinery'
import type { RequestContext } from '../handlers/request-context.ts'
import type { Rest } from '../resources/rest.ts'

/** The pod that a subresource's path names. Throws 404. */
export async function readPod(rest: Rest, { info }: RequestContext): Promise<Pod> {
  const entry = rest.catalogue.byResource('', 'v1', 'pods')
  const snapshot = await rest.cache.consistentSnapshot()
  const found = entry && snapshot.get(`${entry.storagePrefix}${info.namespace}/${info.name}`)
  if (entry === undefined || found === undefined) throw notFound('pods', info.name)
  return rest.codec.decode(entry, found.bytes) as Pod
}

const named = (containers: readonly { name?: string }[] | undefined) => (containers ?? []).map(c => c.name ?? '')

/** The container that is meant: the one asked for, or the only one. Throws 400 in upstream's words. */
export function containerOf(pod: Pod, asked: string | null): string {
  const name = pod.metadata?.name ?? ''
  const containers = named(pod.spec?.containers)
  const init = named(pod.spec?.initContainers)
  const ephemeral = named(pod.spec?.ephemeralContainers)
  if (asked === null || asked === '') {
    if (containers.length === 1) return containers[0] as string
    if (containers.length === 0) throw badRequest(`a container name must be specified for pod ${name}`)
    const tail = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : ''
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${containers.join(' ')}]${tail}`,
    )
  }
  if (![...containers, ...init, ...ephemeral].includes(asked))
    throw badRequest(`container ${asked} is not valid for pod ${name}`)
  return asked
}

/** The node that a pod runs on. Throws 400 for a pod that runs on none. */
export function nodeOf(pod: Pod): string {
  const node = pod.spec?.nodeName ?? ''
  if (node === '') throw badRequest(`pod ${pod.metadata?.name ?? ''} does not have a host assigned`)
  return node
}
