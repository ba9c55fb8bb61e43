import { append, type FieldError, field } from '@kubets/apimachinery'
import { validateSources } from '../../../core/v1/persistent-volume/sources.ts'
import { validateAccessModes } from '../../../core/v1/persistent-volume-claim/validation.ts'
import type { VolumeAttachment } from '../../types.ts'

type InlineVolume = NonNullable<NonNullable<VolumeAttachment['spec']['source']>['inlineVolumeSpec']>

const inContext = 'in the context of inline volumes'
const forbidden = `may not be specified ${inContext}`

/** A volume that was translated from a pod's: only CSI, and nothing that belongs to claims. */
export function validateInlineVolume(spec: InlineVolume, path: string): FieldError[] {
  const { accessModes, persistentVolumeReclaimPolicy: policy, volumeMode, csi } = spec
  const errors: FieldError[] = []
  if (spec.claimRef !== undefined) errors.push(field.forbidden(`${path}.claimRef`, forbidden))
  if (Object.keys(spec.capacity ?? {}).length > 0) errors.push(field.forbidden(`${path}.capacity`, forbidden))
  if (csi === undefined) errors.push(field.required(`${path}.csi`, `has to be specified ${inContext}`))
  if (!accessModes?.length) errors.push(field.required(`${path}.accessModes`))
  append(errors, validateAccessModes(accessModes, `${path}.accessModes`))
  if (policy && policy !== 'Retain') {
    errors.push(field.forbidden(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${inContext}`))
  }
  if (spec.nodeAffinity !== undefined) errors.push(field.forbidden(`${path}.nodeAffinity`, forbidden))
  append(errors, validateSources(spec, path, ''))
  if (spec.storageClassName) errors.push(field.forbidden(`${path}.storageClassName`, forbidden))
  if (volumeMode !== undefined && volumeMode !== 'Filesystem') {
    errors.push(field.forbidden(`${path}.volumeMode`, `may not specify volumeMode other than Filesystem ${inContext}`))
  }
  return errors
}
