import type { Pod } from '@kubets/api-types'
import { milli, type ResourceList } from './quantities.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

/** As upstream: Guaranteed when every container limits cpu and memory and asks for just that; BestEffort when none asks for anything. */
export function qosClass(pod: Pod): QosClass {
  const known = pod.status?.qosClass
  if (known === 'Guaranteed' || known === 'Burstable' || known === 'BestEffort') return known
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
  let guaranteed = containers.length > 0
  let any = false
  for (const { resources } of containers) {
    const requests = resources?.requests as ResourceList | undefined
    const limits = resources?.limits as ResourceList | undefined
    for (const name of ['cpu', 'memory']) {
      const request = milli(requests, name) || milli(limits, name)
      const limit = milli(limits, name)
      if (request > 0 || limit > 0) any = true
      if (limit === 0 || limit !== request) guaranteed = false
    }
  }
  return guaranteed ? 'Guaranteed' : any ? 'Burstable' : 'BestEffort'
}
