import { formatTime } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { PersistentVolume } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { validateVolume, validateVolumeUpdate } from './validation.ts'
import { volumeWarnings } from './warnings.ts'

/** Says when the phase changed, unless the writer did. */
function stampPhase(volume: PersistentVolume, old: PersistentVolume, now: number): void {
  volume.status ??= {}
  const [after, before] = [volume.status, old.status ?? {}]
  if (after.phase === before.phase) {
    if (after.lastPhaseTransitionTime === undefined) keep(after, before, 'lastPhaseTransitionTime')
  } else if (
    after.lastPhaseTransitionTime === undefined ||
    after.lastPhaseTransitionTime === before.lastPhaseTransitionTime
  ) {
    after.lastPhaseTransitionTime = formatTime(now)
  }
}

export const strategy: Strategy<PersistentVolume> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(volume, { now }) {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(now) }
  },
  prepareForUpdate(volume, old, { subresource, now }) {
    if (subresource !== 'status') return keep(volume, old, 'status')
    keep(volume, old, 'spec')
    stampPhase(volume, old, now)
  },
  validate: volume => validateVolume(volume),
  validatesMetaUpdate: false,
  validateUpdate: (volume, old, { subresource }) =>
    subresource === 'status'
      ? validateBuiltinMetaUpdate(volume.metadata, old.metadata)
      : validateVolumeUpdate(volume, old),
  warnings: volume => volumeWarnings(volume),
}
