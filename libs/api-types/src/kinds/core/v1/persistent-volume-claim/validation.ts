import {
  append,
  type FieldError,
  field,
  isDns1123Subdomain,
  nameIsDnsLabel,
  nameIsDnsSubdomain,
  Quantity,
} from '@kubets/apimachinery'
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
} from '../../../../wire.ts'
import { validateLabelSelector } from '../../../validation/label-selector.ts'
import { validateBuiltinMeta } from '../../../validation/object-meta.ts'
import { validateTemplateMeta } from '../../../validation/template-meta.ts'
import { each, pointerEnum, required } from '../pod/validation/checks.ts'
import { validatePositive } from '../resource/checks.ts'
import { accessModes, volumeModes } from '../volume/defaults.ts'

/** What an older version of the claim had that may stay. */
export interface ClaimRules {
  readonly allowInvalidSelectorValues: boolean
  readonly allowInvalidSourceGroup: boolean
}

const strict: ClaimRules = { allowInvalidSelectorValues: false, allowInvalidSourceGroup: false }

export function rulesAfter({ spec }: PersistentVolumeClaim): ClaimRules {
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
  const { name, kind = '' } = source
  // pointers: null where the store has nothing
  const [apiGroup, namespace] = [source.apiGroup ?? '', source.namespace ?? '']
  const errors = [...required(`${path}.name`, name), ...required(`${path}.kind`, kind)]
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim') {
    const text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
    errors.push(field.invalid(path, kind, text))
  }
  if (apiGroup !== '' && !rules.allowInvalidSourceGroup) {
    append(errors, each(`${path}.apiGroup`, apiGroup, isDns1123Subdomain(apiGroup)))
  }
  if (namespace !== '') append(errors, each(`${path}.namespace`, namespace, nameIsDnsLabel(namespace, false)))
  return errors
}

function validateSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, path: string, rules: ClaimRules) {
  const errors: FieldError[] = []
  if (dataSource) append(errors, validateSource(dataSource, `${path}.dataSource`, rules))
  if (dataSourceRef) append(errors, validateSource(dataSourceRef, `${path}.dataSourceRef`, rules))
  if (!dataSource || !dataSourceRef) return errors
  // Upstream shows a value here that has nothing to show.
  if (dataSourceRef.namespace) {
    return [...errors, field.invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified')]
  }
  const same = (['apiGroup', 'kind', 'name'] as const).every(part => dataSource[part] === dataSourceRef[part])
  return same ? errors : [...errors, field.invalid(path, {}, 'must match dataSourceRef')]
}

export const className = (name: string | undefined, path: string): FieldError[] =>
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
  append(errors, validateLabelSelector(given.selector, `${path}.selector`, values))
  append(errors, validateAccessModes(given.accessModes, `${path}.accessModes`))
  const atStorage = `${path}.resources[storage]`
  const storage = given.resources?.requests?.storage
  append(
    errors,
    storage === undefined ? [field.required(atStorage)] : validatePositive(Quantity.parse(storage), atStorage),
    className(given.storageClassName, `${path}.storageClassName`),
    pointerEnum(`${path}.volumeMode`, given.volumeMode, volumeModes),
    validateSources(given, path, rules),
    className(given.volumeAttributesClassName, `${path}.volumeAttributesClassName`),
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
