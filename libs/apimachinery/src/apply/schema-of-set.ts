import { emptySet, type FieldNode, type FieldSet } from './field-set.ts'
import { deduced, type TypeView } from './type-view.ts'

/** A set that also has the structs on the way to its fields, where they are declared: `.spec.replicas` brings `.spec`. */
export function withNamedParents(type: TypeView | undefined, set: FieldSet): FieldSet {
  if (set.length === 0) return set
  return set.map((node): FieldNode => {
    const { element, children } = node
    if (children.length === 0) return node
    let inner: TypeView | undefined
    let member = node.member
    if (element.rank === 0 && type?.map !== undefined) {
      const field = type.map.field(element.name)
      inner = field?.type ?? type.map.item
      if (field !== undefined) member = true
    } else if (element.rank === 1) inner = type?.list?.item
    return { element, member, children: withNamedParents(inner, children) }
  })
}

/**
 * A set written under an older schema, fitted to this one: who had fields inside of what is now one value has that value.
 * The same set comes back where nothing changed.
 */
export function fitToSchema(type: TypeView, set: FieldSet): FieldSet {
  let out: FieldNode[] | undefined
  for (let i = 0; i < set.length; i++) {
    const node = set[i] as FieldNode
    const fitted = node.children.length === 0 ? node : fitNode(innerType(type, node), node)
    if (fitted === node) continue
    out ??= [...set]
    out[i] = fitted
  }
  return out ?? set
}

function innerType({ map, list, scalar }: TypeView, { element }: FieldNode): TypeView | undefined {
  if (map !== undefined) {
    if (map.fields.length === 0 && map.item === deduced) return undefined
    return (element.rank === 0 ? map.field(element.name)?.type : undefined) ?? map.item
  }
  return scalar === undefined ? list?.item : undefined
}

function fitNode(type: TypeView | undefined, node: FieldNode): FieldNode {
  if (type === undefined) return node
  const { map, list, scalar } = type
  const atomic = map !== undefined ? map.atomic : scalar === undefined && list?.atomic === true
  if (atomic) return { element: node.element, member: true, children: emptySet }
  const children = fitToSchema(type, node.children)
  return children === node.children ? node : { element: node.element, member: node.member, children }
}
