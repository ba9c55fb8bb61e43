import type { LabelSelectorObject } from '@kubets/apimachinery'
import type { Pod, PodSpec } from '../../../../wire.ts'

type Labels = Readonly<Record<string, string>>
type Keys = readonly string[] | undefined

interface Term {
  labelSelector?: LabelSelectorObject
  matchLabelKeys?: string[]
  mismatchLabelKeys?: string[]
}

function addTo(selector: LabelSelectorObject, keys: Keys, operator: 'In' | 'NotIn', labels: Labels): void {
  for (const key of keys ?? []) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined
    if (value === undefined) continue
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }]
  }
}

function mergeTerm({ labelSelector, matchLabelKeys, mismatchLabelKeys }: Term, labels: Labels): void {
  // No selector matches no pod: there is nothing to narrow.
  if (labelSelector === undefined) return
  addTo(labelSelector, matchLabelKeys, 'In', labels)
  addTo(labelSelector, mismatchLabelKeys, 'NotIn', labels)
}

function affinityTerms(affinity: NonNullable<PodSpec['affinity']>): Term[] {
  return [affinity.podAffinity, affinity.podAntiAffinity].flatMap(given => [
    // a term may be missing before it is validated
    ...(given?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(
      ({ podAffinityTerm }) => podAffinityTerm ?? [],
    ),
    ...(given?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
  ])
}

/** A new pod's selectors learn the values that its own labels have for the keys they name. In place. */
export function mergeLabelKeys({ metadata, spec }: Pod): void {
  const labels = metadata?.labels ?? {}
  if (spec?.affinity) for (const term of affinityTerms(spec.affinity)) mergeTerm(term, labels)
  for (const constraint of spec?.topologySpreadConstraints ?? []) {
    mergeTerm({ ...constraint, mismatchLabelKeys: [] } as Term, labels)
  }
}
