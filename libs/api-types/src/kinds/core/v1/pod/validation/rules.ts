import type { PodSpec } from '../../../../../wire.ts'
import { hasInvalidLabelValue, validateLabelSelector } from '../../../../validation/label-selector.ts'
import { hasIndivisibleHugePages } from '../../resource/huge-pages.ts'
import { allContainers } from '../containers.ts'
import { isDeletionCost } from './annotations.ts'
import { localFile } from './checks.ts'
import { validateMatchLabelKeys } from './match-label-keys.ts'
import { hasInvalidNodeValue } from './node-selector.ts'
import { sharedNamespaceOf } from './sysctls.ts'

/** What a spec is judged by: whether it is a pod's own, and what an older version of it had that has become wrong since and may stay. */
export interface PodRules {
  /** A pod, not a template of one. */
  readonly isPod: boolean
  readonly allowInvalidDeletionCost: boolean
  readonly allowInvalidSelectorValues: boolean
  readonly allowInvalidNodeAffinityValues: boolean
  readonly allowInvalidSpreadSelector: boolean
  /** Keys of a spread are judged as before they were merged into its selector. */
  readonly unmergedSpreadKeys: boolean
  readonly allowIndivisibleHugePages: boolean
  readonly allowForeignTokenPaths: boolean
  /** Sysctls of a namespace that is shared with the host. */
  readonly allowHostSysctls: boolean
  /** SELinux change policies other than Recursive. */
  readonly allowAnySELinuxChange: boolean
  readonly allowRestartingInitResizes: boolean
  readonly allowHostNetworkInUserNamespace: boolean
  readonly allowDevicesInUserNamespace: boolean
}

/** A new template. */
export const strictRules: PodRules = {
  isPod: false,
  allowInvalidDeletionCost: false,
  allowInvalidSelectorValues: false,
  allowInvalidNodeAffinityValues: false,
  allowInvalidSpreadSelector: false,
  unmergedSpreadKeys: false,
  allowIndivisibleHugePages: false,
  allowForeignTokenPaths: false,
  allowHostSysctls: false,
  allowAnySELinuxChange: false,
  allowRestartingInitResizes: false,
  allowHostNetworkInUserNamespace: false,
  allowDevicesInUserNamespace: false,
}

/** A new pod. */
export const newPodRules: PodRules = { ...strictRules, isPod: true }

interface OldVersion {
  metadata?: { annotations?: Record<string, string> }
  spec?: PodSpec
}

/** The rules for the next version of a pod or a template. */
export function rulesAfter(old: OldVersion | undefined, isPod: boolean): PodRules {
  const spec = old?.spec
  if (old === undefined || spec === undefined) return isPod ? newPodRules : strictRules
  const user = spec.hostUsers === false
  return {
    isPod,
    allowInvalidDeletionCost: !isDeletionCost(old.metadata?.annotations),
    allowInvalidSelectorValues: affinityTerms(spec).some(
      ({ labelSelector, namespaceSelector }) =>
        hasInvalidLabelValue(labelSelector) || hasInvalidLabelValue(namespaceSelector),
    ),
    allowInvalidNodeAffinityValues: hasInvalidNodeValue(
      spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
    ),
    allowInvalidSpreadSelector: (spec.topologySpreadConstraints ?? []).some(
      ({ labelSelector }) => validateLabelSelector(labelSelector, '').length > 0,
    ),
    unmergedSpreadKeys: (spec.topologySpreadConstraints ?? []).some(one => validateMatchLabelKeys(one, '').length > 0),
    allowIndivisibleHugePages:
      hasIndivisibleHugePages(spec.overhead) ||
      allContainers(spec).some(
        ({ resources }) => hasIndivisibleHugePages(resources?.limits) || hasIndivisibleHugePages(resources?.requests),
      ),
    allowForeignTokenPaths: (spec.volumes ?? []).some(({ projected }) =>
      projected?.sources?.some(({ serviceAccountToken: token }) => token && localFile('', token.path ?? '').length > 0),
    ),
    allowHostSysctls: (spec.securityContext?.sysctls ?? []).some(
      ({ name }) => sharedNamespaceOf(name, spec) !== undefined,
    ),
    allowAnySELinuxChange: spec.securityContext?.seLinuxChangePolicy !== undefined,
    allowRestartingInitResizes: (spec.initContainers ?? []).some(
      ({ restartPolicy, resizePolicy }) =>
        restartPolicy !== 'Always' && resizePolicy?.some(policy => policy.restartPolicy === 'RestartContainer'),
    ),
    allowHostNetworkInUserNamespace: user && spec.hostNetwork === true,
    allowDevicesInUserNamespace: user && allContainers(spec).some(({ volumeDevices }) => volumeDevices?.length),
  }
}

function affinityTerms({ affinity }: PodSpec) {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap(given => [
    ...(given?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    // a term may be missing before it is validated
    ...(given?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(
      ({ podAffinityTerm }) => podAffinityTerm ?? [],
    ),
  ])
}
