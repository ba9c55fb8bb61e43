import type { KubeObject } from '../wire.ts'

/** A new object's desired state is its first. */
export function firstGeneration(object: KubeObject): void {
  object.metadata ??= {}
  object.metadata.generation = 1
}

/** Counts one more change of the desired state, when there is one. */
export function countGeneration(object: KubeObject, old: KubeObject, changed: boolean): void {
  const generation = (old.metadata?.generation ?? 0) + (changed ? 1 : 0)
  object.metadata ??= {}
  if (generation > 0) object.metadata.generation = generation
}
