import type { OwnerReference } from '@kubets/api-types'
import { type Identity, identityOf, refersTo, textOf } from './identity.ts'
import type { Node } from './node.ts'

export interface ChangedReferences {
  added: OwnerReference[]
  removed: OwnerReference[]
  changed: { old: OwnerReference; now: OwnerReference }[]
}

/** By uid. Pure. */
export function changedReferences(old: readonly OwnerReference[], now: readonly OwnerReference[]): ChangedReferences {
  const result: ChangedReferences = { added: [], removed: [], changed: [] }
  if (old.length === 0 && now.length === 0) return result
  const before = new Map(old.map(reference => [reference.uid, reference]))
  for (const reference of now) {
    const known = before.get(reference.uid)
    if (known === undefined) result.added.push(reference)
    else if (!sameReference(known, reference)) result.changed.push({ old: known, now: reference })
    before.delete(reference.uid)
  }
  result.removed.push(...before.values())
  return result
}

export function sameReference(a: OwnerReference, b: OwnerReference): boolean {
  return (
    a.uid === b.uid &&
    a.name === b.name &&
    a.kind === b.kind &&
    a.apiVersion === b.apiVersion &&
    a.controller === b.controller &&
    a.blockOwnerDeletion === b.blockOwnerDeletion
  )
}

/**
 * Dependents whose reference to this uid fits the identity, and those that have one that does not. One with several can be in both.
 * In another namespace than a namespaced owner none fits. Pure.
 */
export function partition(dependents: readonly Node[], owner: Identity): [matching: Node[], others: Node[]] {
  const matching: Node[] = []
  const others: Node[] = []
  for (const dependent of dependents) {
    if (owner.namespace !== '' && owner.namespace !== dependent.identity.namespace) {
      others.push(dependent)
      continue
    }
    const references = dependent.owners.filter(reference => reference.uid === owner.uid)
    if (references.some(reference => refersTo(reference, owner))) matching.push(dependent)
    if (references.some(reference => !refersTo(reference, owner))) others.push(dependent)
  }
  return [matching, others]
}

/**
 * Another name that dependents have for the owner that does not exist under this one: the next in order, or else the first, so
 * that all are tried in turn. Pure.
 */
export function alternateIdentity(dependents: readonly Node[], absent: Identity): Identity | undefined {
  const ofCluster = absent.namespace === ''
  const found = new Map<string, Identity>()
  for (const { owners, identity } of dependents) {
    for (const reference of owners) {
      if (reference.uid !== absent.uid) continue
      if (refersTo(reference, absent) && (ofCluster || absent.namespace === identity.namespace)) continue
      // that this kind has no namespace is known from the one that was asked for
      const clusterKind = ofCluster && reference.apiVersion === absent.apiVersion && reference.kind === absent.kind
      const alternate = identityOf(reference, clusterKind ? '' : identity.namespace)
      found.set(textOf(alternate), alternate)
    }
  }
  const text = textOf(absent)
  found.delete(text)
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1))
  return (sorted.find(([other]) => other > text) ?? sorted[0])?.[1]
}
