import type { KubeObject, LimitRange, PersistentVolumeClaim, Pod } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import type { WatchCache } from '@kubets/storage'
import type { AdmissionPlugin, AdmissionRequest } from '../../admission.ts'
import { NamespaceIndex } from '../../namespace-index.ts'
import { joinReasons } from '../aggregate.ts'
import { type ContainerDefaults, setDefaults } from './defaults.ts'
import { type Limit, limitOf, violationsOfClaim, violationsOfPod } from './violations.ts'

/** One LimitRange, read once. */
interface Limits {
  readonly defaults: ContainerDefaults
  readonly limits: readonly Limit[]
}

/** Gives containers the requests and limits that their namespace has for those that name none, and refuses what is outside of its bounds. */
export function limitRanger(cache: WatchCache): AdmissionPlugin {
  const ranges = new NamespaceIndex(cache, '/registry/limitranges/', read)
  return {
    name: 'LimitRanger',
    mutate(request) {
      if (request.entry.resource !== 'pods' || !concerns(request)) return undefined
      for (const { defaults } of ranges.list(request.namespace)) setDefaults(request.object as Pod, defaults)
      return undefined
    },
    validate(request) {
      if (!concerns(request)) return undefined
      const { entry, namespace, name, object } = request
      for (const { limits } of ranges.list(namespace)) {
        const reason = joinReasons(
          entry.resource === 'pods'
            ? violationsOfPod(object as Pod, limits)
            : violationsOfClaim(object as PersistentVolumeClaim, limits),
        )
        if (reason !== undefined) throw forbidden(entry, name, reason)
      }
      return undefined
    },
  }
}

/** New pods, pods that are resized, and claims; not what is going already. */
function concerns({ operation, entry, subresource, oldObject }: AdmissionRequest): boolean {
  if (entry.group !== '' || operation === 'DELETE') return false
  const wanted =
    entry.resource === 'pods'
      ? subresource === (operation === 'CREATE' ? '' : 'resize')
      : entry.resource === 'persistentvolumeclaims' && subresource === ''
  return wanted && (oldObject?.metadata?.deletionTimestamp ?? '') === ''
}

function read(object: KubeObject): Limits {
  const items = (object as LimitRange).spec?.limits ?? []
  const [requests, limits] = [{}, {}]
  for (const item of items) {
    if (item.type !== 'Container') continue
    Object.assign(requests, item.defaultRequest)
    Object.assign(limits, item.default)
  }
  return { defaults: { requests, limits }, limits: items.map(limitOf) }
}
