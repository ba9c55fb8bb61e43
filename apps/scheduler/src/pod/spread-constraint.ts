import { compileSelector, type LabelSelector, type Labels, type Matcher } from './selector.ts'

/** One entry of `topologySpreadConstraints`. */
export interface SpreadConstraint {
  readonly topologyKey: string
  readonly maxSkew: number
  readonly minDomains: number
  /** `DoNotSchedule`; otherwise only a wish. */
  readonly hard: boolean
  readonly selects: Matcher
  /** Whether the pod itself counts. */
  readonly selectsItself: boolean
  /** Count only nodes that the pod's node affinity and selector allow. */
  readonly honorAffinity: boolean
  /** Count only nodes whose taints the pod tolerates. */
  readonly honorTaints: boolean
}

interface Constraint {
  topologyKey: string
  maxSkew: number
  minDomains?: number
  whenUnsatisfiable: string
  labelSelector?: LabelSelector
  matchLabelKeys?: readonly string[]
  nodeAffinityPolicy?: string
  nodeTaintsPolicy?: string
}

export function compileSpreadConstraints(
  constraints: readonly Constraint[] | undefined,
  labels: Labels,
): SpreadConstraint[] {
  return (constraints ?? []).map(constraint => {
    const byLabel = compileSelector(constraint.labelSelector)
    const keys = (constraint.matchLabelKeys ?? []).filter(key => labels.has(key))
    const selects: Matcher = other => byLabel(other) && keys.every(key => other.get(key) === labels.get(key))
    return {
      topologyKey: constraint.topologyKey,
      maxSkew: constraint.maxSkew,
      minDomains: constraint.minDomains ?? 1,
      hard: constraint.whenUnsatisfiable === 'DoNotSchedule',
      selects,
      selectsItself: selects(labels),
      honorAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
      honorTaints: constraint.nodeTaintsPolicy === 'Honor',
    }
  })
}
