import type { KubeObject, ObjectMeta } from '../wire.ts'
import { keep } from './define-kind.ts'

const kept = [
  'deletionTimestamp',
  'generation',
  'selfLink',
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
] as const

/** A writer of `/status` changes nothing of the metadata (upstream's ResetObjectMetaForStatus). Field ownership stays the writer's. */
export function keepMetadata(object: KubeObject, old: KubeObject): void {
  const meta: ObjectMeta = { ...object.metadata }
  for (const name of kept) keep(meta, old.metadata ?? {}, name)
  object.metadata = meta
}

/** The same for kinds that take over all of it. */
export function replaceMetadata(object: KubeObject, old: KubeObject): void {
  const { managedFields } = object.metadata ?? {}
  object.metadata = { ...old.metadata, ...(managedFields === undefined ? {} : { managedFields }) }
  if (managedFields === undefined) delete object.metadata.managedFields
}
