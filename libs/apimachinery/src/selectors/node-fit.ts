/** Whether a pod fits a node by labels and taints: what the scheduler asks first, and kubelets and controllers again. */

interface NodeRequirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeRequirement[]
  readonly matchFields?: readonly NodeRequirement[]
}

/** What a pod spec demands of its node. */
export interface NodeDemands {
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms: readonly NodeSelectorTerm[]
      }
    }
  }
}

export interface LabelledNode {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

interface TaintLike {
  readonly key: string
  readonly value?: string
  readonly effect: string
}

interface TolerationLike {
  readonly key?: string
  readonly operator?: string
  readonly value?: string
  readonly effect?: string
}

/** The node has what the pod demands: every entry of its `nodeSelector`, and one of the terms if there are any. Pure. */
export function matchesNode(spec: NodeDemands, node: LabelledNode): boolean {
  const pairs = Object.entries(spec.nodeSelector ?? {})
  if (!pairs.every(([key, value]) => node.labels[key] === value)) return false
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (terms === undefined) return true
  return terms.some(({ matchExpressions = [], matchFields = [] }) => {
    // a term without any requirement matches no node
    if (matchExpressions.length + matchFields.length === 0) return false
    const fields: Readonly<Record<string, string>> = { 'metadata.name': node.name }
    return (
      matchExpressions.every(requirement => holds(requirement, node.labels)) &&
      matchFields.every(requirement => holds(requirement, fields))
    )
  })
}

function holds({ key, operator, values = [] }: NodeRequirement, of: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(of, key) ? of[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
    case 'Lt': {
      const [own, limit] = [integer(value), integer(values[0])]
      if (own === undefined || limit === undefined) return false
      return operator === 'Gt' ? own > limit : own < limit
    }
    default:
      return false
  }
}

function integer(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined
}

/** All taints with one of these effects are tolerated. Pure. */
export function toleratesAll(
  tolerations: readonly TolerationLike[],
  taints: readonly TaintLike[],
  effects: readonly string[],
): boolean {
  return taints.every(
    taint => !effects.includes(taint.effect) || tolerations.some(toleration => tolerates(toleration, taint)),
  )
}

export function tolerates(toleration: TolerationLike, taint: TaintLike): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  if ((toleration.operator || 'Equal') === 'Exists') return true
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '')
}
