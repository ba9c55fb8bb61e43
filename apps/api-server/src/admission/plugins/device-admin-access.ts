import type { Namespace, ResourceClaim, ResourceClaimTemplate } from '@kubets/api-types'
import { field, invalid, notFound } from '@kubets/apimachinery'
import type { KeyValueStore, WatchCache } from '@kubets/storage'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'

export interface DeviceAdminAccessOptions {
  cache: WatchCache
  store: KeyValueStore
}

const label = 'resource.kubernetes.io/admin-access'
const prefix = '/registry/namespaces/'

/**
 * Devices that are in use by others are given only in namespaces that an administrator has labelled for it. Upstream asks this while it
 * validates claims; the rules of a kind know no other objects, so it is asked here.
 */
export function deviceAdminAccess({ cache, store }: DeviceAdminAccessOptions): AdmissionPlugin {
  return {
    name: 'DeviceAdminAccess',
    validate(request) {
      const { entry, namespace, name } = request
      if (entry.group !== 'resource.k8s.io') return undefined
      const path = wantsAccess(request)
      if (path === undefined) return undefined
      const judge = (bytes: Uint8Array | undefined) => {
        if (bytes === undefined) throw notFound({ group: '', resource: 'namespaces' }, namespace)
        const { metadata } = JSON.parse(Buffer.from(bytes).toString()) as Namespace
        if (metadata?.labels?.[label] === 'true') return undefined
        const text = `admin access to devices requires the \`${label}: true\` label on the containing namespace`
        throw invalid(entry, name, [field.forbidden(path, text)])
      }
      const known = cache.get(prefix + namespace)
      return known === undefined ? store.get(prefix + namespace).then(({ kv }) => judge(kv?.value)) : judge(known.bytes)
    },
  }
}

/** Where a new claim asks for it, or an allocation gives it for the first time. */
function wantsAccess({ operation, entry, subresource, object, oldObject }: AdmissionRequest): string | undefined {
  if (operation === 'CREATE' && subresource === '') {
    const spec =
      entry.resource === 'resourceclaims'
        ? (object as ResourceClaim).spec
        : entry.resource === 'resourceclaimtemplates'
          ? (object as ResourceClaimTemplate).spec?.spec
          : undefined
    const index = spec?.devices?.requests?.findIndex(({ exactly }) => exactly?.adminAccess === true) ?? -1
    return index < 0 ? undefined : `spec.devices.requests[${index}].adminAccess`
  }
  if (operation !== 'UPDATE' || subresource !== 'status' || entry.resource !== 'resourceclaims') return undefined
  const given = grantedAt(object as ResourceClaim)
  if (given < 0 || grantedAt(oldObject as ResourceClaim) >= 0) return undefined
  return `status.allocation.devices.results[${given}].adminAccess`
}

const grantedAt = ({ status }: ResourceClaim): number =>
  status?.allocation?.devices?.results?.findIndex(({ adminAccess }) => adminAccess === true) ?? -1
