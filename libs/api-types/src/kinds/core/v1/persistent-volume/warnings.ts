import { append } from '@kubets/apimachinery'
import type { PersistentVolume } from '../../../../wire.ts'
import { nodeTermWarnings } from '../node/deprecated-labels.ts'
import { betaStorageClass } from '../volume/defaults.ts'
import { mountOptions } from './validation.ts'

/** Kinds of volumes that are on their way out, with upstream's names for them. */
const oldKinds = [
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
] as const

export function volumeWarnings({ metadata, spec = {} }: PersistentVolume): string[] {
  const warnings: string[] = []
  const annotations = metadata?.annotations ?? {}
  for (const [name, text] of [
    [betaStorageClass, 'deprecated since v1.8; use "storageClassName" attribute instead'],
    [mountOptions, 'deprecated since v1.31; use "mountOptions" attribute instead'],
  ] as const) {
    if (Object.hasOwn(annotations, name)) warnings.push(`metadata.annotations[${name}]: ${text}`)
  }
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') {
    warnings.push(
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    )
  }
  spec.nodeAffinity?.required?.nodeSelectorTerms?.forEach((term, index) => {
    append(warnings, nodeTermWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`, false))
  })
  for (const [kind, shown, text] of oldKinds) {
    if (spec[kind] !== undefined) warnings.push(`spec.${shown}: ${text}`)
  }
  return warnings
}
