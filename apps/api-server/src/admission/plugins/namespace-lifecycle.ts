import type { Namespace } from '@kubets/api-types'
import { forbidden, notFound } from '@kubets/apimachinery'
import type { KeyValueStore, WatchCache } from '@kubets/storage'
import type { AdmissionPlugin } from '../admission.ts'

const immortal = new Set(['default', 'kube-system', 'kube-public'])
const namespaces = { group: '', resource: 'namespaces' }

export interface NamespaceLifecycleOptions {
  cache: WatchCache
  store: KeyValueStore
}

/** Nothing is created in a namespace that is missing or ending, and the three that the system lives in are not deleted. */
export function namespaceLifecycle({ cache, store }: NamespaceLifecycleOptions): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    validate({ operation, entry, namespace, name, subresource }) {
      if (entry.group === '' && entry.resource === 'namespaces') {
        if (operation === 'DELETE' && immortal.has(name))
          throw forbidden(namespaces, name, 'this namespace may not be deleted')
        return undefined
      }
      if (operation !== 'CREATE' || !entry.namespaced || subresource !== '') return undefined
      const known = cache.get(key(namespace))
      // what the cache notes of it is enough while it lives
      if (known !== undefined && known.unreadable === undefined && known.fields['status.phase'] === 'Active')
        return undefined
      if (known !== undefined) return refuseTerminating(known.bytes, entry, name, namespace)
      // made a moment ago by this client, perhaps: the store knows
      return store.get(key(namespace)).then(({ kv }) => {
        if (kv === undefined) throw notFound(namespaces, namespace)
        refuseTerminating(kv.value, entry, name, namespace)
      })
    },
  }
}

const key = (namespace: string) => `/registry/namespaces/${namespace}`
const terminatingBytes = Buffer.from('"phase":"Terminating"')

function refuseTerminating(
  bytes: Uint8Array,
  entry: { group: string; resource: string },
  name: string,
  namespace: string,
): undefined {
  // most namespaces live: parsed only where the word stands at all
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(terminatingBytes) === -1) return undefined
  const object = JSON.parse(Buffer.from(bytes).toString()) as Namespace
  if (object.status?.phase !== 'Terminating') return undefined
  const error = forbidden(
    entry,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  )
  error.status.details = {
    ...error.status.details,
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  }
  throw error
}
