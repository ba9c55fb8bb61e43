import type { AdmissionPlugin } from '../admission.ts'

/** The finalizers by resource; controllers take them away when the object is not used any more. */
const finalizers = new Map([
  ['persistentvolumes', 'kubernetes.io/pv-protection'],
  ['persistentvolumeclaims', 'kubernetes.io/pvc-protection'],
  ['volumeattributesclasses.storage.k8s.io', 'kubernetes.io/vac-protection'],
])

/** Claims that pods use, bound volumes and classes that claims have are not deleted before that ends. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate({ operation, entry, subresource, object }) {
    if (operation !== 'CREATE' || subresource !== '' || object === undefined) return undefined
    const finalizer = finalizers.get(entry.group === '' ? entry.resource : `${entry.resource}.${entry.group}`)
    if (finalizer === undefined) return undefined
    const { metadata } = object
    if (metadata?.finalizers?.includes(finalizer)) return undefined
    object.metadata = { ...metadata, finalizers: [...(metadata?.finalizers ?? []), finalizer] }
    return undefined
  },
}
