import { difference, hasPath, setOfPath } from './field-set.ts'
import {
  decodeManagers,
  encodeManagers,
  type ManagedFieldsEntry,
  type Manager,
  type Managers,
  withSet,
} from './managers.ts'
import { fieldElement, type PathElement } from './path-element.ts'

/** Where the versions of a kind have the number of replicas; undefined for a version without one. */
export type ReplicasPaths = ReadonlyMap<string, readonly PathElement[] | undefined>

const scaleVersion = 'autoscaling/v1'
const replicasInScale = ['spec', 'replicas'].map(fieldElement)

/** The managers of an object as its scale shows them: those that have the replicas. */
export function scaleManagers(
  entries: readonly ManagedFieldsEntry[] | null | undefined,
  paths: ReplicasPaths,
): ManagedFieldsEntry[] | undefined {
  const found: Managers = new Map()
  for (const [id, manager] of decodeManagers(entries)) {
    const path = paths.get(manager.apiVersion)
    if (path === undefined || !hasPath(manager.set, path)) continue
    found.set(id, inScale(manager))
  }
  return encodeManagers(found)
}

const inScale = (manager: Manager): Manager => ({
  ...withSet(manager, setOfPath(replicasInScale)),
  apiVersion: scaleVersion,
})

/**
 * The managers of an object after its scale was written: who lost the replicas there has lost them here, who got them has them. The
 * identifiers of updaters name their version, so that theirs are not found again: as upstream, an updater who keeps the replicas then
 * has them in an entry of its own, without a time.
 */
export function managersAfterScale(
  entries: readonly ManagedFieldsEntry[] | null | undefined,
  scaled: readonly ManagedFieldsEntry[] | null | undefined,
  apiVersion: string,
  paths: ReplicasPaths,
): ManagedFieldsEntry[] | undefined {
  const inScaleNow = decodeManagers(scaled)
  const before = decodeManagers(entries)
  const out: Managers = new Map()
  for (const [id, manager] of before) {
    if (!paths.has(manager.apiVersion)) continue
    const path = paths.get(manager.apiVersion)
    if (path === undefined || !hasPath(manager.set, path)) out.set(id, manager)
    else if (inScaleNow.delete(id)) out.set(id, manager)
    else {
      const set = difference(manager.set, setOfPath(path))
      if (set.length > 0) out.set(id, withSet(manager, set))
    }
  }
  const path = paths.get(apiVersion)
  for (const [id, manager] of inScaleNow) {
    if (path === undefined || !hasPath(manager.set, replicasInScale)) continue
    // as upstream: who is new here has no time
    out.set(id, { ...withSet(manager, setOfPath(path)), apiVersion, time: before.get(id)?.time })
  }
  return encodeManagers(out)
}
