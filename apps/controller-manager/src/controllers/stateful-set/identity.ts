import type { KubeObject, PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet } from '@kubets/api-types'
import { revisionLabel } from '../../history/revisions.ts'
import { podFromTemplate } from '../replica-set/replicas.ts'

export const podNameLabel = 'statefulset.kubernetes.io/pod-name'
const podIndexLabel = 'apps.kubernetes.io/pod-index'

export const firstOrdinal = ({ spec }: StatefulSet) => spec?.ordinals?.start ?? 0
export const sizeOf = ({ spec }: StatefulSet) => spec?.replicas ?? 1
export const podName = ({ metadata }: StatefulSet, ordinal: number) => `${metadata?.name}-${ordinal}`

/** The set's name and the number that a pod's name is made of; -1 when it is not made so. */
export function parseName(name: string): { parent: string; ordinal: number } {
  const match = /^(.*)-(\d+)$/s.exec(name)
  const ordinal = Number(match?.[2] ?? -1)
  if (match === null) return { parent: '', ordinal: -1 }
  return { parent: match[1] ?? '', ordinal: ordinal > 2 ** 31 - 1 ? -1 : ordinal }
}

export function inRange(set: StatefulSet, ordinal: number): boolean {
  return ordinal >= firstOrdinal(set) && ordinal < firstOrdinal(set) + sizeOf(set)
}

/** What tells a pod, its Service and its user which one it is. */
export function identityLabels(set: StatefulSet, ordinal: number): Record<string, string> {
  return { [podNameLabel]: podName(set, ordinal), [podIndexLabel]: String(ordinal) }
}

/** The claims of a pod by the name of their volume. Pure. */
export function claimsOf(set: StatefulSet, ordinal: number): Map<string, PersistentVolumeClaim> {
  const labels = set.spec?.selector?.matchLabels
  return new Map(
    (set.spec?.volumeClaimTemplates ?? []).map(template => {
      const volume = template.metadata?.name ?? ''
      const metadata = {
        ...template.metadata,
        name: `${volume}-${podName(set, ordinal)}`,
        namespace: set.metadata?.namespace ?? '',
        labels: { ...template.metadata?.labels, ...labels },
      }
      return [volume, { ...template, apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata }] as const
    }),
  )
}

/** The pod of a number, from the template of a revision. Pure. */
export function newPod(
  set: StatefulSet,
  template: PodTemplateSpec | undefined,
  revision: string,
  ordinal: number,
): Pod {
  const pod = podFromTemplate(template, set as KubeObject, 'apps/v1', 'StatefulSet')
  const name = podName(set, ordinal)
  const { generateName: _, ...metadata } = pod.metadata ?? {}
  const claims = claimsOf(set, ordinal)
  const volumes = [
    ...[...claims].map(([volume, claim]) => ({
      name: volume,
      persistentVolumeClaim: { claimName: claim.metadata?.name ?? '' },
    })),
    ...(pod.spec?.volumes ?? []).filter(volume => !claims.has(volume.name)),
  ]
  return {
    ...pod,
    metadata: {
      ...metadata,
      name,
      labels: { ...metadata.labels, ...identityLabels(set, ordinal), [revisionLabel]: revision },
    },
    spec: {
      ...pod.spec,
      containers: pod.spec?.containers ?? [],
      hostname: name,
      ...(set.spec?.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  }
}
