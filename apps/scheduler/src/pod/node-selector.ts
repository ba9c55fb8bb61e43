import { compileRequirement, type Labels, type Requirement } from './selector.ts'

export interface NodeSelectorTerm {
  matchExpressions?: readonly Requirement[]
  matchFields?: readonly Requirement[]
}

/** Decides by a node's name and labels. */
export type NodeMatcher = (name: string, labels: Labels) => boolean

/** One term; a term without any requirement matches no node. */
export function compileTerm(term: NodeSelectorTerm): NodeMatcher {
  const expressions = (term.matchExpressions ?? []).map(compileRequirement)
  const fields = (term.matchFields ?? []).map(compileRequirement)
  if (expressions.length + fields.length === 0) return () => false
  return (name, labels) =>
    expressions.every(matches => matches(labels)) &&
    (fields.length === 0 || fields.every(matches => matches(new Map([['metadata.name', name]]))))
}

/** What a pod demands of its node: every entry of `nodeSelector`, and one of the terms if there are any. */
export function compileNodeRequirement(
  nodeSelector: Record<string, string> | undefined,
  terms: readonly NodeSelectorTerm[] | undefined,
): NodeMatcher | undefined {
  const pairs = Object.entries(nodeSelector ?? {})
  if (pairs.length === 0 && terms === undefined) return undefined
  const compiled = terms?.map(compileTerm)
  return (name, labels) =>
    pairs.every(([key, value]) => labels.get(key) === value) &&
    (compiled === undefined || compiled.some(matches => matches(name, labels)))
}
