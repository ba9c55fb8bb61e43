import type { Pod, QosClass } from '@kubets/api-types'
import { qosClass as computeQosClass } from '@kubets/api-types/qos'

/** The class that the api-server wrote when the pod was made; computed where it is missing. */
export function qosClass(pod: Pod): QosClass {
  const known = pod.status?.qosClass
  return known === 'Guaranteed' || known === 'Burstable' || known === 'BestEffort' ? known : computeQosClass(pod)
}
