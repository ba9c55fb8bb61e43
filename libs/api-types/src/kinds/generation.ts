import { semanticEqual } from '@kubets/apimachinery'
import type { KubeObject, ObjectMeta } from '../wire.ts'

/** The first state of what observers compare with `status.observedGeneration`. */
export function startGeneration(object: KubeObject): void {
  object.metadata = { ...object.metadata, generation: 1 }
}

/** The desired state is another one: one generation on. Else the stored one's, whatever was sent. */
export function countGeneration(object: KubeObject, old: KubeObject, now: unknown, before: unknown): void {
  const generation = old.metadata?.generation ?? 0
  const next = semanticEqual(now, before) ? generation : generation + 1
  const meta: ObjectMeta = { ...object.metadata }
  if (next === 0) delete meta.generation
  else meta.generation = next
  object.metadata = meta
}
