import { append, type FieldError, field, inclusiveRange, isDns1123Subdomain } from '@kubets/apimachinery'
import { validateCsiDriverName } from '../../../core/v1/volume/csi.ts'
import type { VolumeAttachment } from '../../types.ts'
import { validateInlineVolume } from './inline-volume.ts'

type Source = VolumeAttachment['spec']['source']
type VolumeError = NonNullable<NonNullable<VolumeAttachment['status']>['attachError']>

/** Bytes of keys and values together. */
const maxMetadata = 256 * 1024
const maxMessage = 1024

export function validateAttachment({ spec, status }: VolumeAttachment): FieldError[] {
  const { attacher = '', source, nodeName = '' } = spec ?? {}
  const errors = validateCsiDriverName(attacher, 'spec.attacher')
  append(errors, validateSource(source, 'spec.source'))
  append(
    errors,
    isDns1123Subdomain(nodeName).map(message => field.invalid('spec.nodeName', nodeName, message)),
  )
  let size = 0
  for (const [key, value] of Object.entries(status?.attachmentMetadata ?? {})) {
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (size > maxMetadata) errors.push(field.tooLong('status.attachmentMetadata', maxMetadata))
  append(errors, validateError(status?.attachError, 'status.attachError'))
  append(errors, validateError(status?.detachError, 'status.detachError'))
  const { persistentVolumeName } = source ?? {}
  if (persistentVolumeName !== undefined) {
    for (const message of isDns1123Subdomain(persistentVolumeName)) {
      errors.push(field.invalid('spec.source.persistentVolumeName', persistentVolumeName, message))
    }
  }
  return errors
}

const exactlyOne = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'

function validateSource(source: Source | undefined, path: string): FieldError[] {
  const { inlineVolumeSpec, persistentVolumeName } = source ?? {}
  if (inlineVolumeSpec !== undefined) {
    return persistentVolumeName === undefined
      ? validateInlineVolume(inlineVolumeSpec, `${path}.inlineVolumeSpec`)
      : [field.forbidden(path, exactlyOne)]
  }
  if (persistentVolumeName === undefined) return [field.required(path, exactlyOne)]
  return persistentVolumeName === ''
    ? [field.required(`${path}.persistentVolumeName`, 'must specify non empty persistentVolumeName')]
    : []
}

function validateError(error: VolumeError | undefined, path: string): FieldError[] {
  const { message = '', errorCode } = error ?? {}
  const errors: FieldError[] = []
  // upstream measures with one bound and speaks of the other
  if (Buffer.byteLength(message) > maxMessage) errors.push(field.tooLong(`${path}.message`, maxMetadata))
  if (errorCode !== undefined && errorCode < 0) {
    errors.push(field.invalid(`${path}.errorCode`, errorCode, inclusiveRange(0, 2147483647)))
  }
  return errors
}
