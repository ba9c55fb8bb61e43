import type { PersistentVolume } from '@kubets/api-types'

/** What a bound volume lets the nodes read that run pods with its claim. */
export interface VolumeReferences {
  /** `namespace/name` */
  readonly claim: string
  /** `namespace/name`; not those that only controllers use. */
  readonly secrets: readonly string[]
}

/** undefined for a volume that no claim has. */
export function volumeReferences({ spec }: PersistentVolume): VolumeReferences | undefined {
  const { namespace = '', name = '' } = spec?.claimRef ?? {}
  if (spec?.claimRef === undefined) return undefined
  const { azureFile, cephfs, cinder, flexVolume, rbd, scaleIO, iscsi, storageos, csi } = spec
  // old objects have no namespace in their reference: it is the claim's
  const orClaims = (ref: { name?: string; namespace?: string } | undefined) =>
    ref === undefined ? undefined : { name: ref.name, namespace: ref.namespace || namespace }
  const secrets = [
    orClaims(
      azureFile && {
        name: azureFile.secretName,
        ...(azureFile.secretNamespace ? { namespace: azureFile.secretNamespace } : {}),
      },
    ),
    orClaims(cephfs?.secretRef),
    cinder?.secretRef,
    orClaims(flexVolume?.secretRef),
    orClaims(rbd?.secretRef),
    orClaims(scaleIO?.secretRef),
    orClaims(iscsi?.secretRef),
    storageos?.secretRef,
    csi?.nodePublishSecretRef,
    csi?.nodeStageSecretRef,
    csi?.nodeExpandSecretRef,
  ]
  return {
    claim: `${namespace}/${name}`,
    secrets: secrets.flatMap(secret => (secret?.name ? [`${secret.namespace ?? ''}/${secret.name}`] : [])),
  }
}
