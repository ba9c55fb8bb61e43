import { type Comparison, compare } from './compare.ts'
import { type ApplyConflict, conflictsOf } from './conflict.ts'
import { difference, type FieldSet, intersection } from './field-set.ts'
import type { ManagedKind } from './managed-kind.ts'
import { type Managers, withSet } from './managers.ts'
import { fitToSchema } from './schema-of-set.ts'
import type { Form, TypeView } from './type-view.ts'

export interface Change {
  readonly kind: ManagedKind
  readonly apiVersion: string
  readonly before: object
  readonly after: object
  readonly form: Form
  /** The manager that makes it: it loses nothing. */
  readonly by: string
}

/** The other managers have lost what the change touched. Called without force it may find conflicts instead. In place. */
export function takeOver(
  managers: Managers,
  change: Change,
  force: boolean,
  own: Comparison = ownComparison(change),
): Comparison | readonly ApplyConflict[] {
  const byVersion = new Map<string, Comparison | undefined>([[change.apiVersion, own]])
  const losses: [id: string, lost: FieldSet, removed: FieldSet][] = []
  for (const [id, manager] of managers) {
    if (id === change.by) continue
    const { apiVersion } = manager
    if (!byVersion.has(apiVersion)) byVersion.set(apiVersion, comparisonIn(change, apiVersion))
    const comparison = byVersion.get(apiVersion)
    if (comparison === undefined) {
      managers.delete(id)
      continue
    }
    const lost = intersection(manager.set, comparison.changed)
    if (lost.length > 0 || comparison.removed.length > 0) losses.push([id, lost, comparison.removed])
  }
  if (!force) {
    const conflicts = conflictsOf(managers, losses)
    if (conflicts.length > 0) return conflicts
  }
  for (const [id, lost, removed] of losses) {
    const manager = managers.get(id)
    if (manager !== undefined) managers.set(id, withSet(manager, difference(difference(manager.set, lost), removed)))
  }
  for (const [id, manager] of managers) if (manager.set.length === 0) managers.delete(id)
  return own
}

/** In the version of who makes the change. */
export const ownComparison = (change: Change): Comparison => comparisonIn(change, change.apiVersion) as Comparison

function comparisonIn(change: Change, apiVersion: string): Comparison | undefined {
  const { kind, before, after, form, apiVersion: from } = change
  const type = kind.view(apiVersion)
  if (type === undefined) return undefined
  const same = apiVersion === from
  const l = same ? before : kind.convert(before, from, apiVersion)
  const r = same ? after : kind.convert(after, from, apiVersion)
  const { changed, removed } = compare(type, l, r, same ? form : 'typed', kind.ignored)
  return { changed: kind.filter(changed, apiVersion), removed: kind.filter(removed, apiVersion) }
}

/** Sets that remember having been fitted to a type: almost all have, and come back. */
const fitted = new WeakMap<TypeView, WeakSet<FieldSet>>()

/** Fits all sets to the present schema; those of versions that are gone are dropped. In place. */
export function fitManagers(managers: Managers, kind: ManagedKind): void {
  for (const [id, manager] of managers) {
    const type = kind.view(manager.apiVersion)
    if (type === undefined) {
      managers.delete(id)
      continue
    }
    let known = fitted.get(type)
    if (known === undefined) {
      known = new WeakSet()
      fitted.set(type, known)
    }
    if (known.has(manager.set)) continue
    const set = fitToSchema(type, manager.set)
    if (set === manager.set) known.add(set)
    else managers.set(id, withSet(manager, set))
  }
}
