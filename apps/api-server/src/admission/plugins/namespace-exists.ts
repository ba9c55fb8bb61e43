import { notFound } from '@kubets/apimachinery'
import type { KeyValueStore, WatchCache } from '@kubets/storage'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'

export interface NamespaceExistsOptions {
  cache: Pick<WatchCache, 'get'>
  store: Pick<KeyValueStore, 'get'>
}

/** Nothing is written in a namespace that is missing. NamespaceLifecycle says the same of what is created. */
export function namespaceExists({ cache, store }: NamespaceExistsOptions): AdmissionPlugin {
  return {
    name: 'NamespaceExists',
    validate(request) {
      if (!inNamespace(request)) return undefined
      const key = namespaceKey(request.namespace)
      if (cache.get(key) !== undefined) return undefined
      return store.get(key).then(({ kv }) => {
        if (kv === undefined) throw notFound('namespaces', request.namespace)
      })
    },
  }
}

export const inNamespace = ({ entry, namespace }: AdmissionRequest): boolean => entry.namespaced && namespace !== ''

export const namespaceKey = (namespace: string): string => `/registry/namespaces/${namespace}`
