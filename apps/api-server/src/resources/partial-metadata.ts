import type { KubeObject, ResourceEntry } from '@kubets/api-types'

/** An object with nothing but its metadata, for clients that keep no more (garbage collectors, `kubectl get` rows). */
export function partialMetadata(entry: ResourceEntry, { metadata = {} }: KubeObject, version: string) {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: entry.annotationOfBody === undefined ? metadata : without(entry.annotationOfBody, metadata),
  }
}

function without(annotation: string, metadata: NonNullable<KubeObject['metadata']>): KubeObject['metadata'] {
  const { annotations: { [annotation]: hidden, ...annotations } = {}, ...rest } = metadata
  if (hidden === undefined) return metadata
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations }
}
