import type { PersistentVolumeSpec, Volume } from '../../../../wire.ts'

type Shared = Pick<Volume, 'azureDisk' | 'hostPath'> & {
  iscsi?: { iscsiInterface?: string }
  rbd?: { pool?: string; user?: string; keyring?: string }
  scaleIO?: { storageMode?: string; fsType?: string }
}

/** Defaults of the sources that pods and persistent volumes share. */
export function sharedSourceDefaults({ hostPath, iscsi, rbd, azureDisk, scaleIO }: Shared): void {
  if (hostPath) hostPath.type ??= ''
  if (iscsi) iscsi.iscsiInterface ||= 'default'
  if (rbd) {
    rbd.pool ||= 'rbd'
    rbd.user ||= 'admin'
    rbd.keyring ||= '/etc/ceph/keyring'
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite'
    azureDisk.kind ??= 'Shared'
    azureDisk.fsType ??= 'ext4'
    azureDisk.readOnly ??= false
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned'
    scaleIO.fsType ||= 'xfs'
  }
}

const modes = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' } as const
export type AccessMode = keyof typeof modes
export const accessModes = Object.keys(modes).sort() as AccessMode[]

/** `RWO,RWX`: always in the same order. */
export const accessModesText = (given: readonly string[] | undefined): string =>
  Object.entries(modes)
    .filter(([mode]) => given?.includes(mode))
    .map(([, text]) => text)
    .join(',')

export const volumeModes = ['Block', 'Filesystem']

/** The annotation that named the class before there was a field. It still wins where a class is shown. */
export const betaStorageClass = 'volume.beta.kubernetes.io/storage-class'

export const storageClassOf = (
  metadata: { annotations?: Record<string, string> } | undefined,
  spec: Pick<PersistentVolumeSpec, 'storageClassName'> | undefined,
): string => metadata?.annotations?.[betaStorageClass] ?? spec?.storageClassName ?? ''
