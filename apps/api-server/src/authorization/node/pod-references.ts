import type { Pod } from '@kubets/api-types'

/** What a pod lets its node read: by kind and name, in the pod's namespace. */
export type PodReference = `${'secret' | 'configmap' | 'pvc' | 'resourceclaim' | 'serviceaccount'}/${string}`

type Container = NonNullable<NonNullable<Pod['spec']>['containers']>[number]
type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number]

/**
 * Everything that a pod refers to by name. A mirror pod refers to nothing: a node makes those, and must not give itself rights by what it
 * writes into them.
 */
export function podReferences(pod: Pod): ReadonlySet<PodReference> {
  return pod.metadata?.annotations?.['kubernetes.io/config.mirror'] === undefined ? namedBy(pod) : none
}

const none: ReadonlySet<PodReference> = new Set()

/** Everything that a pod refers to by name, be it a mirror pod or not. */
export function namedBy({ metadata, spec, status }: Pod): ReadonlySet<PodReference> {
  const found = new Set<PodReference>()
  const add = (kind: 'secret' | 'configmap' | 'pvc' | 'resourceclaim' | 'serviceaccount', name: string | undefined) => {
    if (name !== undefined && name !== '') found.add(`${kind}/${name}`)
  }
  if (spec === undefined) return found
  add('serviceaccount', spec.serviceAccountName)
  for (const { name } of spec.imagePullSecrets ?? []) add('secret', name)
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]
  for (const { env = [], envFrom = [] } of containers as readonly Pick<Container, 'env' | 'envFrom'>[]) {
    for (const { secretRef, configMapRef } of envFrom) {
      add('secret', secretRef?.name)
      add('configmap', configMapRef?.name)
    }
    for (const { valueFrom } of env) {
      add('secret', valueFrom?.secretKeyRef?.name)
      add('configmap', valueFrom?.configMapKeyRef?.name)
    }
  }
  for (const volume of spec.volumes ?? []) {
    for (const name of volumeSecrets(volume)) add('secret', name)
    add('configmap', volume.configMap?.name)
    for (const source of volume.projected?.sources ?? []) add('configmap', source.configMap?.name)
    if (volume.persistentVolumeClaim !== undefined) add('pvc', volume.persistentVolumeClaim.claimName)
    else if (volume.ephemeral !== undefined) add('pvc', `${metadata?.name}-${volume.name}`)
  }
  for (const claim of spec.resourceClaims ?? []) {
    const made = status?.resourceClaimStatuses?.find(({ name }) => name === claim.name)?.resourceClaimName
    add('resourceclaim', claim.resourceClaimName ?? made)
  }
  const extended = status as { extendedResourceClaimStatus?: { resourceClaimName?: string } } | undefined
  add('resourceclaim', extended?.extendedResourceClaimStatus?.resourceClaimName)
  return found
}

/** What of a pod that has its node may still change: a state that has none of this refers to what the one before did. */
const changeable = ['"ephemeralContainers":', '"resourceClaimStatuses":', '"extendedResourceClaimStatus":']

export function mayReferToMore(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return changeable.some(member => text.includes(member))
}

function volumeSecrets(volume: Volume): (string | undefined)[] {
  const { azureFile, cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos, csi, secret, projected } = volume
  return [
    azureFile?.secretName,
    cephfs?.secretRef?.name,
    cinder?.secretRef?.name,
    flexVolume?.secretRef?.name,
    rbd?.secretRef?.name,
    scaleIO?.secretRef?.name,
    iscsi?.secretRef?.name,
    storageos?.secretRef?.name,
    csi?.nodePublishSecretRef?.name,
    secret?.secretName,
    ...(projected?.sources ?? []).map(source => source.secret?.name),
  ]
}
