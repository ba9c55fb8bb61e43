import type { KubeObject } from '@kubets/api-types'
import { controllerOf } from '../../owners.ts'
import type { ScaleOf } from './expected-pods.ts'

interface Sized extends KubeObject {
  spec?: { replicas?: number }
}

interface Named<T> {
  readonly lister: { get(key: { namespace: string; name: string }): T | undefined }
}

/** Where the sizes of controllers stand. */
export interface Owners {
  readonly replicationControllers: Named<Sized>
  readonly replicaSets: Named<Sized>
  readonly deployments: Named<Sized>
  readonly statefulSets: Named<Sized>
}

export function scaleOfController(owners: Owners): ScaleOf {
  return ({ namespace, controller }) => {
    if (controller === undefined) return undefined
    const group = controller.apiVersion.includes('/') ? controller.apiVersion.split('/')[0] : ''
    const found = (from: Named<Sized>, { name, uid }: { name: string; uid: string }): Sized | undefined => {
      const object = from.lister.get({ namespace, name })
      return object?.metadata?.uid === uid ? object : undefined
    }
    switch (`${controller.kind}.${group}`) {
      case 'ReplicationController.':
        return sizeOf(found(owners.replicationControllers, controller))
      case 'StatefulSet.apps':
        return sizeOf(found(owners.statefulSets, controller))
      case 'ReplicaSet.apps': {
        const set = found(owners.replicaSets, controller)
        const owner = set === undefined ? undefined : controllerOf(set)
        return sizeOf(owner?.kind === 'Deployment' ? found(owners.deployments, owner) : set)
      }
      default:
        throw new Error(`${collectionOf(controller.kind, group)} does not implement the scale subresource`)
    }
  }
}

function sizeOf(object: Sized | undefined): { uid: string; replicas: number } | undefined {
  if (object === undefined) return undefined
  return { uid: object.metadata?.uid ?? '', replicas: object.spec?.replicas ?? 1 }
}

/** `daemonsets.apps`: kinds whose plural is regular, as all that control pods have. */
const collectionOf = (kind: string, group: string | undefined) =>
  group ? `${kind.toLowerCase()}s.${group}` : `${kind.toLowerCase()}s`
