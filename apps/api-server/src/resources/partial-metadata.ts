import type { KubeObject } from '@kubets/api-types'

/** An object with nothing but its metadata, for clients that keep no more (garbage collectors, `kubectl get` rows). */
export function partialMetadata(object: KubeObject, version: string) {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata ?? {} }
}
