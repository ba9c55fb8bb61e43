import { compileSelector, type LabelSelector, type Labels, type Matcher } from './selector.ts'

/** One inter-pod (anti-)affinity term of a pod. */
export interface AffinityTerm {
  readonly topologyKey: string
  /** Whether a pod of that namespace with those labels is meant. */
  matches(namespace: string, labels: Labels, namespaceLabels: (namespace: string) => Labels | undefined): boolean
}

interface Term {
  topologyKey: string
  labelSelector?: LabelSelector
  namespaces?: readonly string[]
  namespaceSelector?: LabelSelector
}

/** `namespace` is the pod's own: it is meant when the term names neither namespaces nor a selector for them. */
export function compileAffinityTerms(terms: readonly Term[] | undefined, namespace: string): AffinityTerm[] {
  return (terms ?? []).map(term => {
    const selects = compileSelector(term.labelSelector)
    const named = new Set(term.namespaces ?? [])
    const bySelector: Matcher | undefined =
      term.namespaceSelector === undefined ? undefined : compileSelector(term.namespaceSelector)
    if (named.size === 0 && bySelector === undefined) named.add(namespace)
    return {
      topologyKey: term.topologyKey,
      matches(namespace, labels, namespaceLabels) {
        if (!named.has(namespace)) {
          const own = bySelector && namespaceLabels(namespace)
          if (!own || !bySelector(own)) return false
        }
        return selects(labels)
      },
    }
  })
}
