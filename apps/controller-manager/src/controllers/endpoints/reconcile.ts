import type { Endpoints } from '@kubets/api-types'
import { isNotFound, semanticEqual } from '@kubets/apimachinery'
import { type Client, resources } from '@kubets/client'
import { isHeadless, type ServiceInfo } from '../../informers/services.ts'
import { isNamespaceTerminating } from '../../namespace-terminating.ts'
import type { PodInfo } from '../../pods/pod-info.ts'
import { type Subset, subsetsOf, truncate } from './subsets.ts'

export const managedBy = 'endpoints.kubernetes.io/managed-by'
const headless = 'service.kubernetes.io/headless'
const overCapacity = 'endpoints.kubernetes.io/over-capacity'
/** Addresses that one Endpoints holds. */
const most = 1_000

export type EndpointsClient = Pick<Client, 'create' | 'update' | 'delete'>

/** Brings the Endpoints of a Service in line with its pods. */
export async function reconcile(
  client: EndpointsClient,
  service: ServiceInfo,
  pods: readonly PodInfo[],
  current: Endpoints | undefined,
  signal: AbortSignal,
): Promise<void> {
  const next = nextEndpoints(service, subsetsOf(service, pods), current)
  if (next === undefined) return
  try {
    if (current === undefined) await client.create<Endpoints>(resources.endpoints, next, { signal })
    else await client.update<Endpoints>(resources.endpoints, next, { signal })
  } catch (error) {
    if (current !== undefined || !isNamespaceTerminating(error)) throw error
  }
}

export async function remove(client: EndpointsClient, key: { namespace: string; name: string }, signal: AbortSignal) {
  try {
    await client.delete(resources.endpoints, key, { signal })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** What should stand there, if it is another than what does. Pure. */
export function nextEndpoints(
  service: ServiceInfo,
  wanted: readonly Subset[],
  current: Endpoints | undefined,
): Endpoints | undefined {
  const { subsets, truncated } = truncate(wanted, most)
  const { [headless]: _, ...own } = service.labels
  const labels = {
    ...own,
    ...(isHeadless(service) ? { [headless]: '' } : {}),
    [managedBy]: 'endpoint-controller',
  }
  const { [overCapacity]: before, ...others } = current?.metadata?.annotations ?? {}
  const equal =
    current !== undefined &&
    semanticEqual(current.subsets ?? [], subsets) &&
    semanticEqual(current.metadata?.labels ?? {}, labels) &&
    (before !== undefined) === truncated
  if (equal) return undefined
  const annotations = { ...others, ...(truncated ? { [overCapacity]: 'truncated' } : {}) }
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...current?.metadata, name: service.name, namespace: service.namespace, labels, annotations },
    ...(subsets.length === 0 ? {} : { subsets }),
  }
}
