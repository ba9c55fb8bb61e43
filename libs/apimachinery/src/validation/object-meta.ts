import { append } from '../append.ts'
import type { FieldError } from '../status/errors.ts'
import { field, goQuote } from '../status/field-errors.ts'
import {
  immutable,
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isLongName,
  isQualifiedName,
  mustNotBeNegative,
} from './formats.ts'

/** What these checks read of an object's metadata. */
export interface MetaToCheck {
  name?: string
  generateName?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: unknown
  deletionTimestamp?: unknown
  deletionGracePeriodSeconds?: number
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[]
  managedFields?: { operation?: string; fieldsType?: string; manager?: string; subresource?: string }[]
}

/** Says what is wrong with a name. `prefix`: it is a generateName, whose closing dash is allowed. */
export type NameCheck = (name: string, prefix: boolean) => string[]

/** A generateName may end in dashes, since characters follow: judge it as if one did. */
const masked = (name: string, prefix: boolean) =>
  prefix && name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name

export const nameIsDnsSubdomain: NameCheck = (name, prefix) => isDns1123Subdomain(masked(name, prefix))
/** A name that upstream's declarative validation judges; a generateName is judged by hand. */
export const nameIsLongName: NameCheck = (name, prefix) => (prefix ? nameIsDnsSubdomain(name, true) : isLongName(name))
export const nameIsDnsLabel: NameCheck = (name, prefix) => isDns1123Label(masked(name, prefix))
export const nameIsDns1035Label: NameCheck = (name, prefix) => isDns1035Label(masked(name, prefix))
/** RBAC and other kinds whose names only have to fit into a path. */
export const nameIsPathSegment: NameCheck = (name, prefix) => {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`]
  return ['/', '%'].filter(char => name.includes(char)).map(char => `may not contain '${char}'`)
}

/** 256 KiB for keys and values together. */
const annotationsLimit = 256 * 1024

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  const errors: FieldError[] = []
  for (const key in labels) {
    const value = labels[key] ?? ''
    for (const message of isQualifiedName(key)) errors.push(field.invalid(path, key, message))
    for (const message of isLabelValue(value)) errors.push(field.invalid(path, value, message))
  }
  return errors
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const errors: FieldError[] = []
  let units = 0
  for (const key in annotations) {
    for (const message of isQualifiedName(key.toLowerCase())) errors.push(field.invalid(path, key, message))
    units += key.length + (annotations[key] ?? '').length
  }
  // no unit has more than three bytes
  if (units * 3 > annotationsLimit && sizeOf(annotations) > annotationsLimit)
    errors.push(field.tooLong(path, annotationsLimit))
  return errors
}

function sizeOf(annotations: Readonly<Record<string, string>> | undefined): number {
  let size = 0
  for (const key in annotations) size += Buffer.byteLength(key) + Buffer.byteLength(annotations[key] ?? '')
  return size
}

function validateOwners(owners: NonNullable<MetaToCheck['ownerReferences']>, path: string): FieldError[] {
  const errors: FieldError[] = []
  let controller = ''
  let all: FieldError | undefined
  for (const owner of owners) {
    if (!owner.apiVersion) errors.push(field.invalid(`${path}.apiVersion`, '', 'version must not be empty'))
    for (const part of ['kind', 'name', 'uid'] as const) {
      if (!owner[part]) errors.push(field.invalid(`${path}.${part}`, '', 'must not be empty'))
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      errors.push(field.invalid(path, owner, '/v1, Kind=Event is disallowed from being an owner'))
    }
    if (owner.controller !== true) continue
    const name = `${owner.kind}/${owner.name}`
    if (controller === '') controller = name
    else {
      const text = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`
      // all of them are shown each time: their text is made once
      all ??= field.invalid(path, owners, '')
      errors.push({ ...all, message: `${all.message}: ${text}` })
    }
  }
  return errors
}

/** Finalizer names, and the two that exclude each other. */
export function validateFinalizers(finalizers: readonly string[] | undefined, path: string): FieldError[] {
  if (finalizers === undefined || finalizers.length === 0) return []
  const errors = finalizers.flatMap(name => isQualifiedName(name).map(message => field.invalid(path, name, message)))
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(field.invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  }
  return errors
}

/** What nearly all managers are called. */
const usual = /^[ -~]{0,128}$/
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u

/** A field manager: at most 128 bytes of what can be printed. */
export function validateFieldManager(manager: string, path: string): FieldError[] {
  if (usual.test(manager)) return []
  const errors: FieldError[] = []
  if (Buffer.byteLength(manager) > 128) errors.push(field.tooLong(path, 128))
  if (printable.test(manager)) return errors
  let position = 0
  for (const char of manager) {
    if (!printable.test(char)) {
      const code = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
      errors.push(field.invalid(path, manager, `invalid character ${code} (at position ${position})`))
    }
    position += Buffer.byteLength(char)
  }
  return errors
}

function validateManagedFields(entries: NonNullable<MetaToCheck['managedFields']>, path: string): FieldError[] {
  return entries.flatMap((entry, index) => {
    const at = `${path}[${index}]`
    const errors: FieldError[] = []
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      errors.push(field.invalid(`${at}.operation`, entry.operation ?? '', 'must be `Apply` or `Update`'))
    }
    if (entry.fieldsType && entry.fieldsType !== 'FieldsV1') {
      errors.push(field.invalid(`${at}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`'))
    }
    append(errors, validateFieldManager(entry.manager ?? '', `${at}.manager`))
    if ((entry.subresource ?? '').length > 256) errors.push(field.tooLong(`${at}.subresource`, 256))
    return errors
  })
}

/** Metadata of a new object, after its name was generated. */
export function validateObjectMeta(
  meta: MetaToCheck | undefined,
  namespaced: boolean,
  nameCheck: NameCheck,
  path = 'metadata',
): FieldError[] {
  const { name = '', generateName = '', namespace = '', generation = 0 } = meta ?? {}
  const errors: FieldError[] = []
  if (generateName !== '') {
    for (const message of nameCheck(generateName, true)) {
      errors.push(field.invalid(`${path}.generateName`, generateName, message))
    }
  }
  if (name === '') errors.push(field.required(`${path}.name`, 'name or generateName is required'))
  else for (const message of nameCheck(name, false)) errors.push(field.invalid(`${path}.name`, name, message))
  if (!namespaced) {
    if (namespace !== '') errors.push(field.forbidden(`${path}.namespace`, 'not allowed on this type'))
  } else if (namespace === '') errors.push(field.required(`${path}.namespace`))
  else
    for (const message of isDns1123Label(namespace)) errors.push(field.invalid(`${path}.namespace`, namespace, message))
  if (generation < 0) errors.push(field.invalid(`${path}.generation`, generation, mustNotBeNegative))
  append(errors, validateLabels(meta?.labels, `${path}.labels`))
  append(errors, validateAnnotations(meta?.annotations, `${path}.annotations`))
  append(errors, validateOwners(meta?.ownerReferences ?? [], `${path}.ownerReferences`))
  append(errors, validateFinalizers(meta?.finalizers, `${path}.finalizers`))
  append(errors, validateManagedFields(meta?.managedFields ?? [], `${path}.managedFields`))
  return errors
}

const immutableParts = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const

/** Metadata of a changed object beside the stored one. */
export function validateObjectMetaUpdate(
  meta: MetaToCheck | undefined,
  old: MetaToCheck | undefined,
  path = 'metadata',
): FieldError[] {
  const errors: FieldError[] = []
  if (old?.deletionTimestamp) {
    const before = new Set(old.finalizers)
    const added = [...new Set(meta?.finalizers)].filter(name => !before.has(name)).sort()
    if (added.length > 0) {
      const list = `[]string{${added.map(goQuote).join(', ')}}`
      const text = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`
      errors.push(field.forbidden(`${path}.finalizers`, text))
    }
  }
  if (!meta?.resourceVersion) {
    errors.push(field.invalid(`${path}.resourceVersion`, '', 'must be specified for an update'))
  }
  const { generation = 0 } = meta ?? {}
  if (generation < (old?.generation ?? 0)) {
    errors.push(field.invalid(`${path}.generation`, generation, 'must not be decremented'))
  }
  for (const part of immutableParts) {
    const [now, before] = [meta?.[part], old?.[part]]
    if ((now ?? '') !== (before ?? '')) {
      errors.push(
        field.invalid(
          `${path}.${part}`,
          now ?? (part === 'name' || part === 'namespace' || part === 'uid' ? '' : null),
          immutable,
        ),
      )
    }
  }
  append(errors, validateLabels(meta?.labels, `${path}.labels`))
  append(errors, validateAnnotations(meta?.annotations, `${path}.annotations`))
  append(errors, validateOwners(meta?.ownerReferences ?? [], `${path}.ownerReferences`))
  append(errors, validateFinalizers(meta?.finalizers, `${path}.finalizers`))
  append(errors, validateManagedFields(meta?.managedFields ?? [], `${path}.managedFields`))
  return errors
}
