import { append } from '../append.ts'
import { compareElements, fieldElement, type PathElement, showPath } from './path-element.ts'

/** One element of a set, with what the set has below it. */
export interface FieldNode {
  readonly element: PathElement
  /** The field itself is in the set. */
  readonly member: boolean
  readonly children: FieldSet
  /** The node as a member of FieldsV1, where that is known. */
  readonly text?: string
}

/**
 * A set of fields as a tree, in the order of {@link compareElements}. A node is a member or has children, so a set is empty
 * when it has no nodes. Having a field does not mean having what is below it: `{ .spec }` less `{ .spec.replicas }` is `{ .spec }`.
 *
 *     f:metadata → f:labels (member) → f:app (member)        { .metadata.labels, .metadata.labels.app }
 */
export type FieldSet = readonly FieldNode[]

export const emptySet: FieldSet = []

export const leaf = (element: PathElement): FieldNode => ({ element, member: true, children: emptySet })

/** What is in one set or the other. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a.length === 0) return b
  if (b.length === 0 || a === b) return a
  const out: FieldNode[] = []
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const x = a[i] as FieldNode
    const y = b[j] as FieldNode
    const order = compareElements(x.element, y.element)
    if (order < 0) out.push(x)
    else if (order > 0) out.push(y)
    else out.push({ element: x.element, member: x.member || y.member, children: union(x.children, y.children) })
    if (order <= 0) i++
    if (order >= 0) j++
  }
  while (i < a.length) out.push(a[i++] as FieldNode)
  while (j < b.length) out.push(b[j++] as FieldNode)
  return out
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  let out: FieldNode[] | undefined
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const x = a[i] as FieldNode
    const y = b[j] as FieldNode
    const order = compareElements(x.element, y.element)
    if (order === 0) {
      const member = x.member && y.member
      const children = intersection(x.children, y.children)
      if (member || children.length > 0) {
        out ??= []
        out.push({ element: x.element, member, children })
      }
    }
    if (order <= 0) i++
    if (order >= 0) j++
  }
  return out ?? emptySet
}

/** What is in `a` and not in `b`. A field of `b` takes nothing below it away. Gives `a` itself back where nothing is taken. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return without(a, b, (x, y) => {
    const children = difference(x.children, y.children)
    const member = x.member && !y.member
    if (member === x.member && children === x.children) return x
    return member || children.length > 0 ? { element: x.element, member, children } : undefined
  })
}

/** What is in `a` and neither in `b` nor below a field of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return without(a, b, (x, y) => {
    if (y.member) return undefined
    const children = recursiveDifference(x.children, y.children)
    if (children === x.children) return x
    return x.member || children.length > 0 ? { element: x.element, member: x.member, children } : undefined
  })
}

function without(a: FieldSet, b: FieldSet, both: (x: FieldNode, y: FieldNode) => FieldNode | undefined): FieldSet {
  if (a.length === 0 || b.length === 0) return a
  let out: FieldNode[] | undefined
  let j = 0
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as FieldNode
    let order = -1
    while (j < b.length) {
      order = compareElements(x.element, (b[j] as FieldNode).element)
      if (order <= 0) break
      j++
    }
    const kept = j < b.length && order === 0 ? both(x, b[j] as FieldNode) : x
    if (out === undefined) {
      if (kept === x) continue
      out = a.slice(0, i)
    }
    if (kept !== undefined) out.push(kept)
  }
  return out ?? a
}

/** The node of an element. */
export function nodeOf(set: FieldSet, element: PathElement): FieldNode | undefined {
  let low = 0
  let high = set.length
  while (low < high) {
    const middle = (low + high) >> 1
    const node = set[middle] as FieldNode
    const order = compareElements(node.element, element)
    if (order === 0) return node
    if (order < 0) low = middle + 1
    else high = middle
  }
  return undefined
}

export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let nodes = set
  for (let i = 0; i < path.length; i++) {
    const node = nodeOf(nodes, path[i] as PathElement)
    if (node === undefined) return false
    if (i === path.length - 1) return node.member
    nodes = node.children
  }
  return false
}

/** All paths of a set: at each level first its members, then what is below them. */
export function pathsOf(set: FieldSet, prefix: readonly PathElement[] = []): (readonly PathElement[])[] {
  const paths: (readonly PathElement[])[] = []
  for (const { element, member } of set) if (member) paths.push([...prefix, element])
  for (const { element, children } of set) append(paths, pathsOf(children, [...prefix, element]))
  return paths
}

/** The set of one path. */
export function setOfPath(path: readonly PathElement[]): FieldSet {
  return path.reduceRight<FieldSet>(
    (children, element, at) => [{ element, member: at === path.length - 1, children }],
    emptySet,
  )
}

/** `['status', 'metadata.ownerReferences']` as a set. */
export function setOfFields(paths: readonly string[]): FieldSet {
  return paths.map(path => setOfPath(path.split('.').map(fieldElement))).reduce(union, emptySet)
}

/** What lies at or below one of the patterns; `*` stands for any element: `spec.containers.*.resources`. */
export function onlyFields(set: FieldSet, patterns: readonly string[]): FieldSet {
  const split = patterns.map(pattern => pattern.split('.'))
  const within = (nodes: FieldSet, rest: readonly (readonly string[])[]): FieldSet => {
    if (rest.some(pattern => pattern.length === 0)) return nodes
    const out: FieldNode[] = []
    for (const { element, member, children } of nodes) {
      const matching = rest.filter(([first]) => first === '*' || (element.rank === 0 && first === element.name))
      if (matching.length === 0) continue
      const below = within(
        children,
        matching.map(pattern => pattern.slice(1)),
      )
      if (member || below.length > 0) out.push({ element, member, children: below })
    }
    return out
  }
  return within(set, split)
}

/** One path a line; for tests and errors. */
export const showSet = (set: FieldSet): string => pathsOf(set).map(showPath).join('\n')
