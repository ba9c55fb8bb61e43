import type { DaemonSet, PodSpec, PodTemplateSpec, Toleration } from '@kubets/api-types'
import { revisionLabel } from '../../history/revisions.ts'

/** What the first versions of the API counted templates by. */
const generationAnnotation = 'deprecated.daemonset.template.generation'
const generationLabel = 'pod-template-generation'

/** A node in trouble is where daemons are needed. */
const always: readonly [key: string, effect: string][] = [
  ['node.kubernetes.io/not-ready', 'NoExecute'],
  ['node.kubernetes.io/unreachable', 'NoExecute'],
  ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
  ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
  ['node.kubernetes.io/unschedulable', 'NoSchedule'],
]
const onHostNetwork: readonly [key: string, effect: string] = ['node.kubernetes.io/network-unavailable', 'NoSchedule']

/** The pod's tolerations, and those that every daemon has. Pure. */
export function daemonTolerations(spec: PodSpec | undefined): Toleration[] {
  const tolerations: Toleration[] = [...(spec?.tolerations ?? [])]
  for (const [key, effect] of spec?.hostNetwork ? [...always, onHostNetwork] : always) {
    const wanted = { key, operator: 'Exists', effect }
    const same = (other: Toleration) =>
      other.key === key && other.operator === 'Exists' && other.effect === effect && !other.value
    const at = tolerations.findIndex(same)
    if (at === -1) tolerations.push(wanted)
    else tolerations[at] = wanted
  }
  return tolerations
}

/** The number that a DaemonSet's annotation gives its template; nothing when it is no number. */
export function templateGeneration({ metadata }: DaemonSet): string | undefined {
  const text = metadata?.annotations?.[generationAnnotation]
  return text !== undefined && /^[+-]?\d+$/.test(text) ? String(Number(text)) : undefined
}

/** The template for one node: its scheduler has no choice. Pure. */
export function templateFor(daemonSet: DaemonSet, hash: string, nodeName: string): PodTemplateSpec {
  const template = daemonSet.spec?.template
  const generation = templateGeneration(daemonSet)
  return {
    ...template,
    metadata: {
      ...template?.metadata,
      labels: {
        ...template?.metadata?.labels,
        ...(generation === undefined ? {} : { [generationLabel]: generation }),
        [revisionLabel]: hash,
      },
    },
    spec: {
      ...template?.spec,
      containers: template?.spec?.containers ?? [],
      tolerations: daemonTolerations(template?.spec),
      affinity: onlyOn(template?.spec?.affinity, nodeName),
    },
  }
}

/** The affinity with the node's name in place of all terms that chose nodes. */
function onlyOn(affinity: PodSpec['affinity'], nodeName: string): NonNullable<PodSpec['affinity']> {
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    },
  }
}

/** The pod was made from the present template. */
export function isUpdated(
  labels: Readonly<Record<string, string>>,
  hash: string,
  generation: string | undefined,
): boolean {
  return labels[revisionLabel] === hash || (generation !== undefined && labels[generationLabel] === generation)
}
