import type { PersistentVolumeClaim, StorageClass } from '@kubets/api-types'
import { forbidden, Quantity } from '@kubets/apimachinery'
import type { WatchCache } from '@kubets/storage'
import type { AdmissionPlugin } from '../admission.ts'
import { writesTo } from '../writes.ts'

const changedClaim = writesTo({ resource: 'persistentvolumeclaims' }, ['UPDATE'])

/** A claim grows only where its storage class says that volumes can. That it must be bound is validation's word. */
export function persistentVolumeClaimResize(cache: Pick<WatchCache, 'get'>): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    validate(request) {
      if (!changedClaim(request)) return undefined
      const claim = request.object as PersistentVolumeClaim
      const old = request.oldObject as PersistentVolumeClaim
      if (size(claim).compare(size(old)) <= 0) return undefined
      const name = classOf(claim)
      if (name === '' || name !== classOf(old) || !canGrow(cache, name)) {
        const why =
          'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'
        throw forbidden('persistentvolumeclaims', request.name, why)
      }
      return undefined
    },
  }
}

const size = ({ spec }: PersistentVolumeClaim): Quantity =>
  Quantity.parse(String(spec?.resources?.requests?.storage ?? '0'))

const classOf = ({ metadata, spec }: PersistentVolumeClaim): string =>
  metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? ''

function canGrow(cache: Pick<WatchCache, 'get'>, name: string): boolean {
  const found = cache.get(`/registry/storageclasses/${name}`)
  if (found === undefined) return false
  return (JSON.parse(Buffer.from(found.bytes).toString()) as StorageClass).allowVolumeExpansion === true
}
