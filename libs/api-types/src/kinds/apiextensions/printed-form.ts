import type { JsonSchema, ValidationRule } from './json-schema.ts'
import type { Version } from './types.ts'

/** Upstream's names and order of a schema's fields, which its errors show, each with its name in JSON. */
export const schemaFields = [
  ['ID', 'id'],
  ['Schema', '$schema'],
  ['Ref', '$ref'],
  ['Description', 'description'],
  ['Type', 'type'],
  ['Nullable', 'nullable'],
  ['Format', 'format'],
  ['Title', 'title'],
  ['Default', 'default'],
  ['Maximum', 'maximum'],
  ['ExclusiveMaximum', 'exclusiveMaximum'],
  ['Minimum', 'minimum'],
  ['ExclusiveMinimum', 'exclusiveMinimum'],
  ['MaxLength', 'maxLength'],
  ['MinLength', 'minLength'],
  ['Pattern', 'pattern'],
  ['MaxItems', 'maxItems'],
  ['MinItems', 'minItems'],
  ['UniqueItems', 'uniqueItems'],
  ['MultipleOf', 'multipleOf'],
  ['Enum', 'enum'],
  ['MaxProperties', 'maxProperties'],
  ['MinProperties', 'minProperties'],
  ['Required', 'required'],
  ['Items', 'items'],
  ['AllOf', 'allOf'],
  ['OneOf', 'oneOf'],
  ['AnyOf', 'anyOf'],
  ['Not', 'not'],
  ['Properties', 'properties'],
  ['AdditionalProperties', 'additionalProperties'],
  ['PatternProperties', 'patternProperties'],
  ['Dependencies', 'dependencies'],
  ['AdditionalItems', 'additionalItems'],
  ['Definitions', 'definitions'],
  ['ExternalDocs', 'externalDocs'],
  ['Example', 'example'],
  ['XPreserveUnknownFields', 'x-kubernetes-preserve-unknown-fields'],
  ['XEmbeddedResource', 'x-kubernetes-embedded-resource'],
  ['XIntOrString', 'x-kubernetes-int-or-string'],
  ['XListMapKeys', 'x-kubernetes-list-map-keys'],
  ['XListType', 'x-kubernetes-list-type'],
  ['XMapType', 'x-kubernetes-map-type'],
  ['XValidations', 'x-kubernetes-validations'],
] as const satisfies readonly (readonly [string, keyof JsonSchema])[]

const strings = new Set(['ID', 'Schema', 'Description', 'Type', 'Format', 'Title', 'Pattern'])
const booleans = new Set(
  'Nullable ExclusiveMaximum ExclusiveMinimum UniqueItems XEmbeddedResource XIntOrString'.split(' '),
)

/** A schema as upstream prints it: all fields of its internal form. */
export function printedSchema(schema: JsonSchema): unknown {
  return Object.fromEntries(
    schemaFields.map(([name, json]) => {
      const value = schema[json] ?? undefined
      if (value !== undefined) return [name, printedField(json, value)]
      return [name, strings.has(name) ? '' : booleans.has(name) ? false : null]
    }),
  )
}

function printedField(name: keyof JsonSchema, value: unknown): unknown {
  switch (name) {
    case 'allOf':
    case 'oneOf':
    case 'anyOf':
      return (value as JsonSchema[]).map(printedSchema)
    case 'not':
      return printedSchema(value as JsonSchema)
    case 'properties':
    case 'patternProperties':
    case 'definitions':
      return printedMap(value as Record<string, JsonSchema>, printedSchema)
    case 'items':
      return printedItems(value as JsonSchema | JsonSchema[])
    case 'additionalProperties':
    case 'additionalItems':
      return typeof value === 'boolean'
        ? { Allows: value, Schema: null }
        : { Allows: true, Schema: printedSchema(value as JsonSchema) }
    case 'dependencies':
      return printedMap(value as Record<string, JsonSchema | string[]>, dependency =>
        Array.isArray(dependency)
          ? { Schema: null, Property: dependency }
          : { Schema: printedSchema(dependency), Property: null },
      )
    case 'externalDocs': {
      const { description = '', url = '' } = value as NonNullable<JsonSchema['externalDocs']>
      return { Description: description, URL: url }
    }
    case 'x-kubernetes-validations':
      return (value as ValidationRule[]).map(printedRule)
    default:
      return value
  }
}

export const printedItems = (items: JsonSchema | JsonSchema[]): unknown =>
  Array.isArray(items)
    ? { Schema: null, JSONSchemas: items.map(printedSchema) }
    : { Schema: printedSchema(items), JSONSchemas: null }

export const printedRule = (rule: ValidationRule) => ({
  Rule: rule.rule ?? '',
  Message: rule.message ?? '',
  MessageExpression: rule.messageExpression ?? '',
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath ?? '',
  OptionalOldSelf: rule.optionalOldSelf ?? null,
})

const printedMap = <T>(map: Record<string, T>, printed: (value: T) => unknown) =>
  Object.fromEntries(
    Object.entries(map)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, printed(value)]),
  )

/** The versions of a spec as upstream prints them. */
export const printedVersions = (versions: readonly Version[]): unknown => versions.map(printedVersion)

function printedVersion(version: Version): unknown {
  const { schema, subresources, additionalPrinterColumns: columns, selectableFields: fields } = version
  return {
    Name: version.name ?? '',
    Served: version.served ?? false,
    Storage: version.storage ?? false,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: schema ? { OpenAPIV3Schema: schema.openAPIV3Schema ? printedSchema(schema.openAPIV3Schema) : null } : null,
    Subresources: subresources
      ? { Status: subresources.status ? {} : null, Scale: printedScale(subresources.scale) }
      : null,
    AdditionalPrinterColumns:
      columns?.map(column => ({
        Name: column.name ?? '',
        Type: column.type ?? '',
        Format: column.format ?? '',
        Description: column.description ?? '',
        Priority: column.priority ?? 0,
        JSONPath: column.jsonPath ?? '',
      })) ?? null,
    SelectableFields: fields?.map(({ jsonPath = '' }) => ({ JSONPath: jsonPath })) ?? null,
  }
}

type Scale = NonNullable<NonNullable<Version['subresources']>['scale']>

const printedScale = (scale: Scale | undefined) =>
  scale
    ? {
        SpecReplicasPath: scale.specReplicasPath ?? '',
        StatusReplicasPath: scale.statusReplicasPath ?? '',
        LabelSelectorPath: scale.labelSelectorPath ?? null,
      }
    : null
