import type { Pod } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import type { AdmissionRequest } from '../../admission.ts'

type PodSpec = NonNullable<Pod['spec']>

const mirror = 'kubernetes.io/config.mirror'

/** Whether the pod shows a static pod of a node: those run without the API. */
export const isMirrorPod = (pod: Pod): boolean => pod.metadata?.annotations?.[mirror] !== undefined

/** A mirror pod may lean on nothing that the API would have to give. */
export function refuseReferences({ entry, name }: AdmissionRequest, spec: PodSpec): void {
  const refuse = (what: string) => forbidden(entry, name, `a mirror pod may not ${what}`)
  if ((spec.serviceAccountName ?? '') !== '') throw refuse('reference service accounts')
  const environment = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(
    ({ env, envFrom }) =>
      (env ?? []).some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined) ||
      (envFrom ?? []).some(({ secretRef }) => secretRef !== undefined),
  )
  const volumes = spec.volumes ?? []
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? [])
  if (
    environment ||
    (spec.imagePullSecrets ?? []).length > 0 ||
    volumes.some(({ secret }) => secret !== undefined) ||
    sources.some(({ secret }) => secret !== undefined)
  )
    throw refuse('reference secrets')
  if (sources.some(each => each.serviceAccountToken !== undefined))
    throw refuse('use ServiceAccountToken volume projections')
}
