import type { WatchCache } from '@kubets/storage'
import { createOwn, ownEntry } from '../../resources/own-writes.ts'
import type { Rest } from '../../resources/rest.ts'
import type { AdmissionPlugin } from '../admission.ts'
import { inNamespace, namespaceKey } from './namespace-exists.ts'

/** Makes the namespace of what is created, when there is none. */
export function namespaceAutoProvision(cache: Pick<WatchCache, 'get'>, rest: () => Rest): AdmissionPlugin {
  return {
    name: 'NamespaceAutoProvision',
    mutate(request) {
      const { operation, dryRun, namespace } = request
      if (operation !== 'CREATE' || dryRun || !inNamespace(request)) return undefined
      if (cache.get(namespaceKey(namespace)) !== undefined) return undefined
      // somebody else may have made it: that is as good
      return createOwn(rest(), ownEntry(rest(), '', 'namespaces'), { metadata: { name: namespace } }).then(
        () => undefined,
      )
    },
  }
}
