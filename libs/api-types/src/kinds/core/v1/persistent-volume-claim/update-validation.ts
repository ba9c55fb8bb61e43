import {
  append,
  type FieldError,
  field,
  immutable,
  isQualifiedName,
  Quantity,
  semanticEqual,
} from '@kubets/apimachinery'
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../../wire.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { unifiedDiff } from '../../../validation/unified-diff.ts'
import { each } from '../pod/validation/checks.ts'
import { validateBasicQuantity, validateQuantity } from '../resource/checks.ts'
import { isNative } from '../resource/names.ts'
import { betaStorageClass } from '../volume/defaults.ts'
import { rulesAfter, validateClaimSpec } from './validation.ts'

/** The class moves from the old annotation to the field, or a claim that had none gets one. */
function mayNameClass(
  now: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): { fromAnnotation: boolean; first: boolean } {
  const before = old.metadata?.annotations?.[betaStorageClass]
  const after = now.metadata?.annotations?.[betaStorageClass]
  const [named, had] = [now.spec?.storageClassName, old.spec?.storageClassName]
  const isNew = had === undefined && named !== undefined
  return {
    fromAnnotation: isNew && before !== undefined && named === before && (after === undefined || after === before),
    first: isNew && (before === undefined || named === before),
  }
}

const changeable =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

/** Of the new spec, what may differ set back to the old: what is left to differ is forbidden. */
function withoutAllowed(now: PersistentVolumeClaim, old: PersistentVolumeClaim): PersistentVolumeClaimSpec {
  const spec: PersistentVolumeClaimSpec = { ...now.spec }
  const back = <K extends keyof PersistentVolumeClaimSpec>(name: K) => {
    const value = old.spec?.[name]
    if (value === undefined) delete spec[name]
    else spec[name] = value
  }
  if (!old.spec?.volumeName) back('volumeName')
  const { fromAnnotation, first } = mayNameClass(now, old)
  if (fromAnnotation || first) back('storageClassName')
  if (now.status?.phase !== 'Bound') return spec
  back('volumeAttributesClassName')
  const { requests } = spec.resources ?? {}
  const before = old.spec?.resources?.requests?.storage
  if (requests !== undefined && before !== undefined) {
    spec.resources = { ...spec.resources, requests: { ...requests, storage: before } }
  }
  return spec
}

const internalSpec = (spec: PersistentVolumeClaimSpec) =>
  internalForm('io.k8s.api.core.v1.PersistentVolumeClaimSpec', spec)

export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = [
    ...validateBuiltinMetaUpdate(claim.metadata, old.metadata),
    ...validateClaimSpec(claim.spec, 'spec', rulesAfter(old)),
  ]
  const [after, before] = [claim, old].map(({ metadata }) => metadata?.annotations?.[betaStorageClass] ?? '')
  if (!mayNameClass(claim, old).fromAnnotation && after !== before) {
    errors.push(field.invalid(`metadata.annotations.${betaStorageClass}`, after, immutable))
  }
  const rest = withoutAllowed(claim, old)
  const stored = old.spec ?? {}
  if (!semanticEqual(rest, stored)) {
    errors.push(field.forbidden('spec', `${changeable}\n${unifiedDiff(internalSpec(stored), internalSpec(rest))}`))
  }
  const size = (from: string | undefined) => Quantity.parse(from ?? '0')
  const wanted = size(claim.spec?.resources?.requests?.storage)
  if (wanted.compare(size(stored.resources?.requests?.storage)) < 0) {
    // A claim that could not be expanded may ask for less again, down to what it really has.
    if (wanted.compare(size(old.status?.capacity?.storage)) <= 0) {
      errors.push(field.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
    }
  }
  if (claim.spec?.volumeMode !== stored.volumeMode) {
    errors.push(field.invalid('volumeMode', claim.spec?.volumeMode ?? null, immutable))
  }
  return [...errors, ...validateAttributesClass(claim.spec?.volumeAttributesClassName, old)]
}

function validateAttributesClass(name: string | undefined, old: PersistentVolumeClaim): FieldError[] {
  if (name === old.spec?.volumeAttributesClassName) return []
  if (old.status?.currentVolumeAttributesClassName === undefined || name) return []
  const what = name === undefined ? 'nil' : 'empty string'
  const text = `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`
  return [field.forbidden('spec.volumeAttributesClassName', text)]
}

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
]

function validateResourceKey(name: string, path: string): FieldError[] {
  const errors = each(path, name, isQualifiedName(name))
  if (errors.length > 0 || !isNative(name) || name === 'storage') return errors
  return [field.notSupported(path, name, ['storage'])]
}

export function validateClaimStatusUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = validateBuiltinMetaUpdate(claim.metadata, old.metadata)
  if (!claim.spec?.accessModes?.length) errors.push(field.required('Spec.accessModes'))
  const { capacity, allocatedResourceStatuses: states, allocatedResources: allocated } = claim.status ?? {}
  for (const name in capacity) {
    append(errors, validateBasicQuantity(Quantity.parse(capacity[name] ?? '0'), `status.capacity[${name}]`))
  }
  for (const name in states) {
    const at = 'status.allocatedResourceStatuses'
    append(errors, validateResourceKey(name, at))
    if (!resizeStates.includes(states[name] ?? '')) errors.push(field.notSupported(at, name, resizeStates))
  }
  for (const name in allocated) {
    const at = `status.allocatedResources[${name}]`
    const value = Quantity.parse(allocated[name] ?? '0')
    const wrong = validateResourceKey(name, 'status.allocatedResources')
    if (wrong.length === 0) append(wrong, validateBasicQuantity(value, at))
    if (wrong.length === 0) append(wrong, validateQuantity('storage', value, at))
    append(errors, wrong)
  }
  return errors
}
