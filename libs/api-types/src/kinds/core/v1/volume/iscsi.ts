import { append, type FieldError, field, inclusiveRange } from '@kubets/apimachinery'
import { required } from '../pod/validation/checks.ts'
import type { PersistentSource, SecretName, VolumeSource } from './network-sources.ts'

/** The three kinds of names that an initiator or a target may have, each with its form. */
const forms: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([0-9A-Za-z.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[0-9A-Za-z]{16}$/,
  naa: /^naa.[0-9A-Za-z]{32}$/,
}

const wrongForm = 'must be valid format'
const wrongStart = 'must be valid format starting with iqn, eui, or naa'
const tooLong =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'

function validateName(name: string, path: string, unknown: string): FieldError[] {
  const form = Object.hasOwn(forms, name.slice(0, 3)) ? forms[name.slice(0, 3)] : undefined
  if (form === undefined) return [field.invalid(path, name, unknown)]
  return form.test(name) ? [] : [field.invalid(path, name, wrongForm)]
}

type Iscsi = Omit<VolumeSource<'iscsi'>, 'secretRef'> & { secretRef?: SecretName }

function validateTarget(source: Iscsi, path: string, unknown: string): FieldError[] {
  const { iqn, lun, secretRef } = source
  const errors = iqn ? validateName(iqn, `${path}.iqn`, unknown) : [field.required(`${path}.iqn`)]
  if (lun < 0 || lun > 255) errors.push(field.invalid(`${path}.lun`, lun, inclusiveRange(0, 255)))
  if ((source.chapAuthDiscovery === true || source.chapAuthSession === true) && secretRef === undefined) {
    errors.push(field.required(`${path}.secretRef`))
  }
  return errors
}

const initiator = ({ initiatorName }: Iscsi, path: string, unknown: string): FieldError[] =>
  initiatorName === undefined ? [] : validateName(initiatorName, `${path}.initiatorname`, unknown)

const isTooLong = (name: string, { initiatorName, targetPortal = '' }: Iscsi) =>
  initiatorName !== undefined && `${name}:${targetPortal}`.length > 64

export const validateIscsi = (source: VolumeSource<'iscsi'>, path: string): FieldError[] => [
  ...required(`${path}.targetPortal`, source.targetPortal),
  ...validateTarget(source, path, wrongStart),
  ...initiator(source, path, wrongStart),
]

/** A pod's volume and its portal name the session together. `path` is the volume's. */
export const validateIscsiName = (source: VolumeSource<'iscsi'>, volume: string, path: string): FieldError[] =>
  isTooLong(volume, source) ? [field.invalid(`${path}.name`, volume, tooLong)] : []

export function validatePersistentIscsi(source: PersistentSource<'iscsi'>, path: string, volume: string): FieldError[] {
  const errors = required(`${path}.targetPortal`, source.targetPortal)
  if (isTooLong(volume, source)) errors.push(field.invalid(`${path}.targetportal`, source.targetPortal, tooLong))
  append(errors, validateTarget(source, path, wrongForm))
  if (source.secretRef !== undefined) append(errors, required(`${path}.secretRef.name`, source.secretRef.name))
  return [...errors, ...initiator(source, path, wrongForm)]
}
