import { cacheKey, type WorkQueue } from '@kubets/client'
import type { ServiceInfo } from '../informers/services.ts'
import type { SharedInformer } from '../informers/shared-informer.ts'
import type { PodInfo } from '../pods/pod-info.ts'
import { leadsElsewhere, selects } from './reachable-pods.ts'

export const serviceKey = ({ namespace, name }: { namespace: string; name: string }) => cacheKey({ namespace, name })

/** Puts a Service into the queue when it, or a pod that it selects, changes. */
export function watchServices(
  services: SharedInformer<ServiceInfo>,
  pods: SharedInformer<PodInfo>,
  queue: Pick<WorkQueue, 'add'>,
): void {
  const add = (service: ServiceInfo) => queue.add(serviceKey(service))
  services.subscribe({ added: add, updated: add, deleted: add })
  const look = (...states: readonly PodInfo[]) => {
    if (!services.hasSynced()) return // all will be looked at anyway
    for (const service of services.lister.byIndex('namespace', states[0]?.namespace ?? ''))
      if (states.some(pod => selects(service, pod))) add(service)
  }
  pods.subscribe({
    added: pod => look(pod),
    updated(pod, old) {
      if (leadsElsewhere(pod, old)) look(pod, old)
    },
    deleted: pod => look(pod),
  })
}
