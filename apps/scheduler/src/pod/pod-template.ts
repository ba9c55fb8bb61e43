import type { Pod, PodSpec, Toleration } from '@kubets/api-types'
import { neededFeatures } from '@kubets/apimachinery'
import { type AffinityTerm, compileAffinityTerms } from './affinity-term.ts'
import { compileNodeRequirement, compileTerm, type NodeMatcher } from './node-selector.ts'
import { podRequests, type Requests } from './requests.ts'
import { type Labels, toLabels } from './selector.ts'
import { compileSpreadConstraints, type SpreadConstraint } from './spread-constraint.ts'

export interface HostPort {
  readonly ip: string
  readonly protocol: string
  readonly port: number
}

/**
 * All of a pod that scheduling looks at, compiled, without what tells one replica from another: the replicas of a
 * workload share one template, so 150,000 pods cost 150,000 small PodInfos and a few hundred of these.
 */
export interface PodTemplate {
  readonly namespace: string
  readonly labels: Labels
  readonly requests: Requests
  readonly hostPorts: readonly HostPort[]
  readonly tolerations: readonly Toleration[]
  readonly nodeRequirement: NodeMatcher | undefined
  /** The only nodes that `matchFields` on metadata.name leaves, when every term has one (DaemonSet pods). */
  readonly onlyNodes: ReadonlySet<string> | undefined
  readonly preferredNodes: readonly { readonly weight: number; readonly matches: NodeMatcher }[]
  readonly affinity: readonly AffinityTerm[]
  readonly antiAffinity: readonly AffinityTerm[]
  readonly preferredAffinity: readonly { readonly weight: number; readonly term: AffinityTerm }[]
  readonly spread: readonly SpreadConstraint[]
  /** PersistentVolumeClaims that its volumes name; `ephemeral` ones are made for the pod by a controller. */
  readonly volumeClaims: readonly { readonly volume: string; readonly claim: string; readonly ephemeral: boolean }[]
  /** ResourceClaims by name; '' for those that are made from a template. */
  readonly resourceClaims: readonly string[]
  /** Image names of all containers, with a tag. */
  readonly images: readonly string[]
  /** What its node must have declared. */
  readonly neededFeatures: readonly string[]
}

/** Gives equal pods the same template. */
export type TemplateInterner = (pod: Pod) => PodTemplate

/** Templates remembered; the oldest goes first, and then two replicas may have two equal templates, which costs memory only. */
const CAPACITY = 10_000

export function createTemplateInterner(): TemplateInterner {
  const known = new Map<string, PodTemplate>()
  return pod => {
    const key = identity(pod)
    let template = known.get(key)
    if (template === undefined) {
      template = compile(pod)
      known.set(key, template)
      if (known.size > CAPACITY)
        for (const oldest of known.keys()) {
          known.delete(oldest)
          break
        }
    }
    return template
  }
}

/** A text that is equal for pods that scheduling cannot tell apart. */
function identity({ metadata, spec }: Pod): string {
  return JSON.stringify([
    metadata?.namespace,
    metadata?.labels,
    spec?.containers.map(part),
    spec?.initContainers?.map(part),
    spec?.resources,
    spec?.overhead,
    spec?.nodeSelector,
    spec?.affinity,
    spec?.tolerations,
    spec?.topologySpreadConstraints,
    spec?.volumes?.filter(volume => volume.persistentVolumeClaim || volume.ephemeral),
    spec?.resourceClaims,
    neededFeatures(spec),
  ])
}

function part({ image, resources, ports, restartPolicy }: PodSpec['containers'][number]) {
  return [image, resources?.requests, ports?.filter(port => port.hostPort), restartPolicy]
}

function compile(pod: Pod): PodTemplate {
  const spec = pod.spec as PodSpec
  const namespace = pod.metadata?.namespace ?? ''
  const labels = toLabels(pod.metadata?.labels)
  const node = spec.affinity?.nodeAffinity
  const terms = node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  const affinity = spec.affinity?.podAffinity
  const anti = spec.affinity?.podAntiAffinity
  const weighted = (sign: 1 | -1, list: typeof affinity) =>
    (list?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ weight, podAffinityTerm }) =>
      compileAffinityTerms([podAffinityTerm], namespace).map(term => ({ weight: sign * weight, term })),
    )
  const containers = [...(spec.initContainers ?? []), ...spec.containers]
  const sidecars = (spec.initContainers ?? []).filter(container => container.restartPolicy === 'Always')
  return {
    namespace,
    labels,
    requests: podRequests(spec),
    hostPorts: [...sidecars, ...spec.containers].flatMap(container =>
      (container.ports ?? []).flatMap(({ hostPort, hostIP, protocol }) =>
        hostPort ? [{ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort }] : [],
      ),
    ),
    tolerations: spec.tolerations ?? [],
    nodeRequirement: compileNodeRequirement(spec.nodeSelector, terms),
    onlyNodes: namedNodes(terms),
    preferredNodes: (node?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, preference }) => ({
      weight,
      matches: compileTerm(preference),
    })),
    affinity: compileAffinityTerms(affinity?.requiredDuringSchedulingIgnoredDuringExecution, namespace),
    antiAffinity: compileAffinityTerms(anti?.requiredDuringSchedulingIgnoredDuringExecution, namespace),
    preferredAffinity: [...weighted(1, affinity), ...weighted(-1, anti)],
    spread: compileSpreadConstraints(spec.topologySpreadConstraints, labels),
    volumeClaims: (spec.volumes ?? []).flatMap(({ name: volume, persistentVolumeClaim: claim, ephemeral }) =>
      claim || ephemeral ? [{ volume, claim: claim?.claimName ?? '', ephemeral: !claim }] : [],
    ),
    resourceClaims: (spec.resourceClaims ?? []).map(claim => claim.resourceClaimName ?? ''),
    images: containers.map(container => taggedImage(container.image ?? '')),
    neededFeatures: neededFeatures(spec),
  }
}

function namedNodes(
  terms:
    | readonly { matchFields?: readonly { key: string; operator: string; values?: readonly string[] }[] }[]
    | undefined,
): ReadonlySet<string> | undefined {
  if (terms === undefined || terms.length === 0) return undefined
  const names = new Set<string>()
  for (const { matchFields = [] } of terms) {
    const lists = matchFields.filter(f => f.key === 'metadata.name' && f.operator === 'In').map(f => f.values ?? [])
    if (lists.length === 0) return undefined
    for (const name of lists[0] ?? []) if (lists.every(list => list.includes(name))) names.add(name)
  }
  return names
}

/** `web` is `web:latest`, as nodes report it. */
export function taggedImage(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image
}
