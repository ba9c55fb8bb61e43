import {
  type FieldError,
  field,
  immutable,
  isDns1123Subdomain,
  isQualifiedName,
  nameIsDnsLabel,
  nameIsDnsSubdomain,
  Quantity,
  semanticEqual,
} from '@kubets/apimachinery'
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
} from '../../../../wire.ts'
import { validateLabelSelector } from '../../../validation/label-selector.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { validateTemplateMeta } from '../../../validation/template-meta.ts'
import { each, pointerEnum, required } from '../pod/validation/checks.ts'
import { describeChanges } from '../pod/validation/describe-changes.ts'
import { validateBasicQuantity, validatePositive, validateQuantity } from '../resource/checks.ts'
import { isNative } from '../resource/names.ts'
import { accessModes, betaStorageClass, volumeModes } from '../volume/defaults.ts'

/** What an older version of the claim had that may stay. */
export interface ClaimRules {
  readonly allowInvalidSelectorValues: boolean
  readonly allowInvalidSourceGroup: boolean
}

const strict: ClaimRules = { allowInvalidSelectorValues: false, allowInvalidSourceGroup: false }

function rulesAfter({ spec }: PersistentVolumeClaim): ClaimRules {
  return {
    allowInvalidSelectorValues: validateLabelSelector(spec?.selector, '').length > 0,
    allowInvalidSourceGroup: spec?.dataSource?.apiGroup !== undefined || spec?.dataSourceRef?.apiGroup !== undefined,
  }
}

/** Of claims and volumes: known, and ReadWriteOncePod alone. */
export function validateAccessModes(modes: readonly string[] | undefined, path: string): FieldError[] {
  const given = modes ?? []
  const known: readonly string[] = accessModes
  const errors = given.filter(mode => !known.includes(mode)).map(mode => field.notSupported(path, mode, known))
  const others = given.some(mode => mode !== 'ReadWriteOncePod' && known.includes(mode))
  if (given.includes('ReadWriteOncePod') && others) {
    errors.push(field.forbidden(path, 'may not use ReadWriteOncePod with other access modes'))
  }
  return errors
}

type Source = NonNullable<PersistentVolumeClaimSpec['dataSource']> & { namespace?: string }

function validateSource(source: Source, path: string, rules: ClaimRules): FieldError[] {
  const { name, kind = '', apiGroup = '', namespace = '' } = source
  const errors = [...required(`${path}.name`, name), ...required(`${path}.kind`, kind)]
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim') {
    const text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
    errors.push(field.invalid(path, kind, text))
  }
  if (apiGroup !== '' && !rules.allowInvalidSourceGroup) {
    errors.push(...each(`${path}.apiGroup`, apiGroup, isDns1123Subdomain(apiGroup)))
  }
  if (namespace !== '') errors.push(...each(`${path}.namespace`, namespace, nameIsDnsLabel(namespace, false)))
  return errors
}

function validateSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, path: string, rules: ClaimRules) {
  const errors: FieldError[] = []
  if (dataSource) errors.push(...validateSource(dataSource, `${path}.dataSource`, rules))
  if (dataSourceRef) errors.push(...validateSource(dataSourceRef, `${path}.dataSourceRef`, rules))
  if (!dataSource || !dataSourceRef) return errors
  // Upstream shows a value here that has nothing to show.
  if (dataSourceRef.namespace) {
    return [...errors, field.invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified')]
  }
  const same = (['apiGroup', 'kind', 'name'] as const).every(part => dataSource[part] === dataSourceRef[part])
  return same ? errors : [...errors, field.invalid(path, {}, 'must match dataSourceRef')]
}

const className = (name: string | undefined, path: string): FieldError[] =>
  name ? each(path, name, nameIsDnsSubdomain(name, false)) : []

/** The spec of a claim, in a claim or in a template of one. Defaults must have been set. */
export function validateClaimSpec(
  spec: PersistentVolumeClaimSpec | undefined,
  path: string,
  rules: ClaimRules = strict,
): FieldError[] {
  const given = spec ?? {}
  const errors: FieldError[] = []
  if (!given.accessModes?.length) {
    errors.push(field.required(`${path}.accessModes`, 'at least 1 access mode is required'))
  }
  const values = { allowInvalidValues: rules.allowInvalidSelectorValues }
  errors.push(...validateLabelSelector(given.selector, `${path}.selector`, values))
  errors.push(...validateAccessModes(given.accessModes, `${path}.accessModes`))
  const atStorage = `${path}.resources[storage]`
  const storage = given.resources?.requests?.storage
  errors.push(
    ...(storage === undefined ? [field.required(atStorage)] : validatePositive(Quantity.parse(storage), atStorage)),
    ...className(given.storageClassName, `${path}.storageClassName`),
    ...pointerEnum(`${path}.volumeMode`, given.volumeMode, volumeModes),
    ...validateSources(given, path, rules),
    ...className(given.volumeAttributesClassName, `${path}.volumeAttributesClassName`),
  )
  return errors
}

/** The template of a claim in a pod's ephemeral volume. */
export const validateClaimTemplate = (template: PersistentVolumeClaimTemplate, path: string): FieldError[] => [
  ...validateTemplateMeta(template.metadata, `${path}.metadata`),
  ...validateClaimSpec(template.spec, `${path}.spec`),
]

export const validateClaim = (claim: PersistentVolumeClaim): FieldError[] => [
  ...validateBuiltinMeta(claim.metadata, true, nameIsDnsSubdomain),
  ...validateClaimSpec(claim.spec, 'spec'),
]

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
    errors.push(field.forbidden('spec', `${changeable}\n${describeChanges(stored, rest, 'spec')}`))
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
    errors.push(...validateBasicQuantity(Quantity.parse(capacity[name] ?? '0'), `status.capacity[${name}]`))
  }
  for (const name in states) {
    const at = 'status.allocatedResourceStatuses'
    errors.push(...validateResourceKey(name, at))
    if (!resizeStates.includes(states[name] ?? '')) errors.push(field.notSupported(at, name, resizeStates))
  }
  for (const name in allocated) {
    const at = `status.allocatedResources[${name}]`
    const value = Quantity.parse(allocated[name] ?? '0')
    const wrong = validateResourceKey(name, 'status.allocatedResources')
    if (wrong.length === 0) wrong.push(...validateBasicQuantity(value, at))
    if (wrong.length === 0) wrong.push(...validateQuantity('storage', value, at))
    errors.push(...wrong)
  }
  return errors
}
