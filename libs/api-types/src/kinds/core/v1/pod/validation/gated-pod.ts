import { type FieldError, field, semanticEqual } from '@kubets/apimachinery'
import type { NodeSelectorTerm, PodSpec } from '../../../../../wire.ts'
import { internalForm } from '../../../../validation/internal-form.ts'

const internalNodeTerm = (term: NodeSelectorTerm) => internalForm('io.k8s.api.core.v1.NodeSelectorTerm', term)

type NodeAffinity = NonNullable<PodSpec['affinity']>['nodeAffinity']
type Selector = PodSpec['nodeSelector']

/** While a pod is held back, labels of its node may be added. */
export function validateSelectorMutation(now: Selector, old: Selector = {}, path: string): FieldError[] {
  if (Object.entries(old).every(([key, value]) => now?.[key] === value)) return []
  const text = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)'
  return [field.invalid(path, now ?? null, text)]
}

/** While a pod is held back, what it asks of nodes may be narrowed down. */
export function validateAffinityMutation(now: NodeAffinity, old: NodeAffinity, path: string): FieldError[] {
  const before = old?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const given = now?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  const after = given ?? []
  const at = `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`
  if (before.length > 0 && before.length !== after.length) {
    const text = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'
    return [field.invalid(at, given?.map(internalNodeTerm) ?? null, text)]
  }
  const text = 'only additions are allowed (no mutations or deletions)'
  return before.flatMap((term, index) => {
    const next = after[index] ?? {}
    return onlyAdds(next, term) ? [] : [field.invalid(`${at}[${index}]`, internalNodeTerm(next), text)]
  })
}

function onlyAdds(now: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const [expressions, fields] = [old.matchExpressions ?? [], old.matchFields ?? []]
  // A term without requirements matches nothing: anything added would widen it.
  if (expressions.length === 0 && fields.length === 0) {
    return !now.matchExpressions?.length && !now.matchFields?.length
  }
  const begins = (list: readonly unknown[] = [], start: readonly unknown[]) =>
    list.length >= start.length && semanticEqual(list.slice(0, start.length), start)
  return begins(now.matchExpressions, expressions) && begins(now.matchFields, fields)
}
