import type { KubeObject } from '../../../wire.ts'

/** Who writes a status of these kinds leaves all of the metadata as it is; field ownership stays the writer's. */
export function replaceMetadata(object: KubeObject, old: KubeObject): void {
  const { managedFields } = object.metadata ?? {}
  object.metadata = { ...old.metadata }
  if (managedFields === undefined) delete object.metadata.managedFields
  else object.metadata.managedFields = managedFields
}
