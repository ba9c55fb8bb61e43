import type { KubeObject, ObjectMeta } from '../wire.ts'
import { keep } from './define-kind.ts'

const kept = [
  'deletionTimestamp',
  'generation',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
] as const satisfies readonly (keyof ObjectMeta)[]

/** Who writes a status leaves the metadata alone: takes it over from the stored object, managedFields and resourceVersion apart. */
export function keepMetaForStatus(object: KubeObject, old: KubeObject): void {
  object.metadata ??= {}
  for (const key of kept) keep(object.metadata, old.metadata ?? {}, key)
}
