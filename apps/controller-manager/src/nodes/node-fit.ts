import type { PodSpec, Taint, Toleration } from '@kubets/api-types'
import type { NodeInfo } from './node-info.ts'

type Affinity = NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>
type Terms = NonNullable<Affinity['requiredDuringSchedulingIgnoredDuringExecution']>['nodeSelectorTerms']
type Requirement = { key: string; operator: string; values?: string[] }

/** The node has what the pod demands: every entry of its `nodeSelector`, and one of the terms if there are any. Pure. */
export function matchesNode(spec: PodSpec, node: NodeInfo): boolean {
  const pairs = Object.entries(spec.nodeSelector ?? {})
  if (!pairs.every(([key, value]) => node.labels[key] === value)) return false
  const terms: Terms | undefined =
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
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

function holds({ key, operator, values = [] }: Requirement, of: Readonly<Record<string, string>>): boolean {
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
  tolerations: readonly Toleration[],
  taints: readonly Taint[],
  effects: readonly string[],
): boolean {
  return taints.every(
    taint => !effects.includes(taint.effect) || tolerations.some(toleration => tolerates(toleration, taint)),
  )
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false
  if (toleration.key && toleration.key !== taint.key) return false
  if ((toleration.operator || 'Equal') === 'Exists') return true
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '')
}
