import { append, type FieldError, field, isDns1035Label, isDns1123Subdomain } from '@kubets/apimachinery'
import { type InternalSpec, schemasOf } from '../../../internal-spec.ts'
import { type JsonSchema, someSchema } from '../../../json-schema.ts'
import { printedVersions } from '../../../printed-form.ts'
import { conversionError } from '../../../structural/conversion-error.ts'
import type { Version } from '../../../types.ts'
import { validateConversion } from './conversion.ts'
import { validateDeprecation } from './deprecation.ts'
import { validateEnum } from './enum.ts'
import { validateNames, validateRequiredNames } from './names.ts'
import { validatePrinterColumn } from './printer-columns.ts'
import type { DefinitionRules } from './rules.ts'
import { validateSelectableFields } from './selectable-fields.ts'
import { validateSubresources } from './subresources.ts'
import { validateValidation } from './validation-schema.ts'

const path = 'spec'

export function validateSpec(spec: InternalSpec, given: DefinitionRules): FieldError[] {
  const errors = [
    ...validateGroup(spec.group ?? ''),
    ...validateEnum(spec.scope, ['Cluster', 'Namespaced'], `${path}.scope`),
    ...validateSchemasThere(spec, given),
  ]
  const schemas = schemasOf(spec)
  const some = (test: (schema: JsonSchema) => boolean) => schemas.some(schema => someSchema(schema, test))
  const hasDefaults = some(schema => schema.default !== undefined && schema.default !== null)
  if (hasDefaults && spec.preserveUnknownFields) {
    const text = 'must be false in order to use defaults in the schema'
    errors.push(field.invalid(`${path}.preserveUnknownFields`, true, text))
  }
  const structural = given.structural || !spec.preserveUnknownFields || hasDefaults || some(hasExtension)
  const rules = { ...given, structural }
  spec.versions.forEach((version, index) => {
    const at = `${path}.versions[${index}]`
    const wrong = isDns1035Label(version.name ?? '')
    if (wrong.length > 0) errors.push(field.invalid(`${at}.name`, version.name ?? '', wrong.join(',')))
    append(errors, validateVersion(version, spec, rules, at))
  })
  return [...errors, ...validateVersionList(spec), ...validateTopLevel(spec, rules)]
}

function validateGroup(group: string): FieldError[] {
  const at = `${path}.group`
  if (group === '') return [field.required(at)]
  const wrong = isDns1123Subdomain(group)
  if (wrong.length > 0) return [field.invalid(at, group, wrong.join(','))]
  return group.includes('.') ? [] : [field.invalid(at, group, 'should be a domain with at least one dot')]
}

/** Every version has a schema; of an old definition that had none, the served ones unless unknown fields are kept. */
function validateSchemasThere(spec: InternalSpec, rules: DefinitionRules): FieldError[] {
  if (spec.validation?.openAPIV3Schema || (!rules.schemaInAllVersions && spec.preserveUnknownFields)) return []
  const why = rules.schemaInAllVersions ? '' : 'because otherwise all fields are pruned'
  return spec.versions.flatMap(({ schema, served }, index) =>
    schema?.openAPIV3Schema || (!rules.schemaInAllVersions && !served)
      ? []
      : [field.required(`${path}.versions[${index}].schema.openAPIV3Schema`, why)],
  )
}

const hasExtension = (schema: JsonSchema): boolean =>
  Boolean(
    schema['x-kubernetes-embedded-resource'] ||
      typeof schema['x-kubernetes-preserve-unknown-fields'] === 'boolean' ||
      schema['x-kubernetes-int-or-string'] ||
      schema['x-kubernetes-list-map-keys']?.length ||
      typeof schema['x-kubernetes-list-type'] === 'string' ||
      schema['x-kubernetes-validations']?.length,
  )

/** What an unchanged schema costs is not told again. */
const accepted = (rules: DefinitionRules, version: string): DefinitionRules =>
  rules.unchangedSchemas?.has(version) ? { ...rules, costAccepted: true } : rules

function validateVersion(version: Version, spec: InternalSpec, rules: DefinitionRules, at: string): FieldError[] {
  const ownSubresources = spec.versions.some(({ subresources }) => subresources)
  const subresources = ownSubresources ? version.subresources : spec.subresources
  const errors = [
    ...validateDeprecation(version, at),
    ...validateValidation(
      version.schema,
      Boolean(subresources?.status),
      accepted(rules, version.name ?? ''),
      `${at}.schema`,
    ),
    ...validateSubresources(version.subresources, `${at}.subresources`),
    ...columnErrors(version.additionalPrinterColumns, at),
  ]
  const fields = version.selectableFields ?? []
  if (fields.length === 0) return errors
  const schema = version.schema?.openAPIV3Schema
  if (!schema) {
    const text = 'may only be set when `version.schema.openAPIV3Schema` is not included'
    return [...errors, field.invalid(`${at}.selectableFields`, '', text)]
  }
  const tooMany = rules.tooManySelectableFields.has(version.name ?? '')
  return [...errors, ...selectableFieldErrors(fields, schema, at, tooMany)]
}

const columnErrors = (
  columns: Version['additionalPrinterColumns'] | InternalSpec['additionalPrinterColumns'],
  at: string,
) =>
  (columns ?? []).flatMap((column, index) => validatePrinterColumn(column, `${at}.additionalPrinterColumns[${index}]`))

function selectableFieldErrors(
  fields: NonNullable<InternalSpec['selectableFields']>,
  schema: JsonSchema,
  at: string,
  tooMany: boolean,
): FieldError[] {
  const wrong = conversionError(schema)
  const errors = wrong === undefined ? [] : [field.invalid(`${at}.schema.openAPIV3Schema`, '', wrong)]
  return [...errors, ...validateSelectableFields(fields, schema, `${at}.selectableFields`, tooMany)]
}

function validateVersionList({ versions, noVersions }: InternalSpec): FieldError[] {
  const errors: FieldError[] = []
  const told = (text: string) =>
    errors.push(field.invalid(`${path}.versions`, noVersions ? null : printedVersions(versions), text))
  if (new Set(versions.map(({ name }) => name ?? '')).size < versions.length) told('must contain unique version names')
  if (versions.filter(({ storage }) => storage).length !== 1) {
    told('must have exactly one version marked as storage version')
  }
  return errors
}

/** What all versions have in common. */
function validateTopLevel(spec: InternalSpec, rules: DefinitionRules): FieldError[] {
  const { names = {}, conversion } = spec
  const errors: FieldError[] = []
  const wrong = spec.version === '' ? [] : isDns1035Label(spec.version)
  if (wrong.length > 0) errors.push(field.invalid(`${path}.version`, spec.version, wrong.join(',')))
  const hasStatus = [spec.subresources, ...spec.versions.map(version => version.subresources)].some(
    some => some?.status,
  )
  append(
    errors,
    validateRequiredNames(names, `${path}.names`),
    validateNames(names, `${path}.names`),
    validateValidation(spec.validation, hasStatus, accepted(rules, ''), `${path}.validation`),
    validateSubresources(spec.subresources, `${path}.subresources`),
    columnErrors(spec.additionalPrinterColumns, path),
  )
  const fields = spec.selectableFields ?? []
  const schema = spec.validation?.openAPIV3Schema
  if (fields.length > 0) {
    if (!schema) {
      const text = 'may only be set when validations.schema is included'
      errors.push(field.invalid(`${path}.selectableFields`, '', text))
    } else append(errors, selectableFieldErrors(fields, schema, path, rules.tooManySelectableFields.has('')))
  }
  if (conversion && conversion.strategy !== 'None' && spec.preserveUnknownFields) {
    const text = 'must be None if spec.preserveUnknownFields is true'
    errors.push(field.invalid(`${path}.conversion.strategy`, conversion.strategy ?? '', text))
  }
  return [...errors, ...validateConversion(conversion, rules, `${path}.conversion`)]
}
