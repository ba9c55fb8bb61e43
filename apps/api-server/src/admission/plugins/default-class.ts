import type { Ingress, KubeObject, PersistentVolumeClaim } from '@kubets/api-types'
import type { WatchCache } from '@kubets/storage'
import type { AdmissionPlugin } from '../admission.ts'
import { writesTo } from '../writes.ts'

type Cache = Pick<WatchCache, 'snapshot'>

const newClaim = writesTo({ resource: 'persistentvolumeclaims' }, ['CREATE'])
const betaStorageClass = 'volume.beta.kubernetes.io/storage-class'

/** A claim that names no storage class gets the default one. The empty name is a name: it asks for volumes without a class. */
export function defaultStorageClass(cache: Cache): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    mutate(request) {
      if (!newClaim(request)) return undefined
      const { metadata, spec } = request.object as PersistentVolumeClaim
      if (spec === undefined || spec.storageClassName !== undefined) return undefined
      if (metadata?.annotations?.[betaStorageClass] !== undefined) return undefined
      const found = defaultOf(cache, '/registry/storageclasses/', [
        'storageclass.kubernetes.io/is-default-class',
        'storageclass.beta.kubernetes.io/is-default-class',
      ])
      if (found !== undefined) spec.storageClassName = found
      return undefined
    },
  }
}

const newIngress = writesTo({ group: 'networking.k8s.io', resource: 'ingresses' }, ['CREATE'])

/** The same for an Ingress and its class. */
export function defaultIngressClass(cache: Cache): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    mutate(request) {
      if (!newIngress(request)) return undefined
      const { metadata, spec } = request.object as Ingress
      if (spec === undefined || spec.ingressClassName !== undefined) return undefined
      if (metadata?.annotations?.['kubernetes.io/ingress.class'] !== undefined) return undefined
      const found = defaultOf(cache, '/registry/ingressclasses/', ['ingressclass.kubernetes.io/is-default-class'])
      if (found !== undefined) spec.ingressClassName = found
      return undefined
    },
  }
}

/** Of several classes that are marked the newest wins, and of those of one second the first by name. */
function defaultOf(cache: Cache, prefix: string, annotations: readonly string[]): string | undefined {
  let best: KubeObject['metadata']
  for (const { bytes } of cache.snapshot().range(prefix, `${prefix.slice(0, -1)}0`)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (!annotations.some(annotation => text.includes(annotation))) continue
    const { metadata } = JSON.parse(text.toString()) as KubeObject
    if (!annotations.some(annotation => metadata?.annotations?.[annotation] === 'true')) continue
    // classes come in the order of their names
    if (best === undefined || created(metadata) > created(best)) best = metadata
  }
  return best?.name
}

const created = (metadata: KubeObject['metadata']): string => metadata?.creationTimestamp ?? ''
