import type { Field, FieldType, Message, Scalar } from '../schema/message.ts'

export type SchemaObject = { [key: string]: unknown }

/** Gives the documentation text of a message (`field` '') or of a field; '' when there is none. */
export type Describe = (message: string, field: string) => string

/** How one version of OpenAPI writes what differs between them. */
export interface Dialect {
  /** `#/components/schemas/` or `#/definitions/` */
  readonly refPrefix: string
  /** v3 may say "one of these types". */
  readonly oneOf: boolean
}

const apiextensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1'
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'

/** Scalars that upstream publishes as definitions of their own. */
export const namedScalars: Readonly<Partial<Record<Scalar, string>>> = {
  Quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  IntOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  Time: `${meta}.Time`,
  MicroTime: `${meta}.MicroTime`,
  FieldsV1: `${meta}.FieldsV1`,
  RawExtension: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  JSON: `${apiextensions}.JSON`,
}

export function namedScalarSchema(name: string, { oneOf }: Dialect): SchemaObject | undefined {
  switch (name) {
    case namedScalars.Quantity: {
      const description = 'A fixed-point number with a suffix: 500m, 1.5Gi, 2e3.'
      return oneOf ? { description, oneOf: [{ type: 'string' }, { type: 'number' }] } : { description, type: 'string' }
    }
    case namedScalars.IntOrString: {
      const description = 'A number or a text: a port by number or by name, an amount or a percentage.'
      const both = { description, format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }
      return oneOf ? both : { description, format: 'int-or-string', type: 'string' }
    }
    case namedScalars.Time:
    case namedScalars.MicroTime:
      return { description: 'A time in RFC 3339 form.', format: 'date-time', type: 'string' }
    case namedScalars.FieldsV1:
      return { description: 'A set of fields, as a trie of `f:`, `k:` and `v:` members.', type: 'object' }
    case namedScalars.RawExtension:
      return { description: 'An object of any kind.', type: 'object' }
    case namedScalars.JSON:
      return { description: 'Any JSON value: a number, a text, a boolean, a list, an object or null.' }
    default:
      return choiceTexts[name] === undefined ? undefined : { description: choiceTexts[name] }
  }
}

const choiceTexts: Readonly<Record<string, string>> = {
  [`${apiextensions}.JSONSchemaPropsOrBool`]: 'A schema, or a boolean.',
  [`${apiextensions}.JSONSchemaPropsOrArray`]: 'A schema, or a list of schemas.',
  [`${apiextensions}.JSONSchemaPropsOrStringArray`]: 'A schema, or a list of texts.',
}

const plainScalars: Readonly<Partial<Record<Scalar, SchemaObject>>> = {
  string: { type: 'string' },
  Duration: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { format: 'int32', type: 'integer' },
  int64: { format: 'int64', type: 'integer' },
  float64: { format: 'double', type: 'number' },
  bytes: { format: 'byte', type: 'string' },
}

/** The definition that a type refers to, if it is one. */
export function referenceOf(type: FieldType): string | undefined {
  if (type.of === 'message') return type.name
  if (type.of === 'choice') return `${apiextensions}.${type.go.split('.').at(-1)}`
  return type.of === 'scalar' ? namedScalars[type.scalar] : undefined
}

function typeSchema(type: FieldType, dialect: Dialect): SchemaObject {
  const reference = referenceOf(type)
  if (reference !== undefined) return { $ref: dialect.refPrefix + reference }
  if (type.of === 'list') return { items: typeSchema(type.item, dialect), type: 'array' }
  if (type.of === 'map') return { additionalProperties: typeSchema(type.item, dialect), type: 'object' }
  const values = type.of === 'scalar' ? type.values : undefined
  const plain = (type.of === 'scalar' ? plainScalars[type.scalar] : undefined) ?? { type: 'object' }
  return values === undefined || values.length === 0 ? plain : { ...plain, enum: values }
}

function fieldSchema(field: Field, description: string, dialect: Dialect): SchemaObject {
  const { extras } = field
  const base = typeSchema(field.type, dialect)
  // v3: nothing may stand beside a reference, so it is wrapped.
  const type = dialect.oneOf && '$ref' in base ? { allOf: [base] } : base
  return {
    ...(description === '' ? {} : { description }),
    ...type,
    ...(extras.default === undefined ? {} : { default: extras.default }),
    ...(extras.list === undefined ? {} : { 'x-kubernetes-list-type': extras.list }),
    ...(extras.keys === undefined ? {} : { 'x-kubernetes-list-map-keys': extras.keys }),
    ...(extras.map === undefined ? {} : { 'x-kubernetes-map-type': extras.map }),
    ...(extras.mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': extras.mergeKey }),
    ...(extras.strategy === undefined ? {} : { 'x-kubernetes-patch-strategy': extras.strategy }),
  }
}

const kindTexts = {
  apiVersion:
    'APIVersion defines the versioned schema of this representation of an object. Servers convert recognized schemas to the latest internal value, and may reject unrecognized values.',
  kind: 'Kind is the type of resource that this object represents, in CamelCase. It cannot be updated.',
}

/** The schema of a message. */
export function messageSchema(message: Message, describe: Describe, dialect: Dialect): SchemaObject {
  const properties: Record<string, SchemaObject> = {}
  const required: string[] = []
  if (message.hasKind) {
    for (const name of ['apiVersion', 'kind'] as const) {
      properties[name] = { description: describe(message.name, name) || kindTexts[name], type: 'string' }
    }
  }
  for (const field of [...message.fields].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const reference = referenceOf(field.type)
    const text = describe(message.name, field.name) || (reference === undefined ? '' : describe(reference, ''))
    properties[field.name] = fieldSchema(field, text, dialect)
    if (field.required) required.push(field.name)
  }
  const description = describe(message.name, '')
  return {
    ...(description === '' ? {} : { description }),
    type: 'object',
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required }),
    ...(message.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
  }
}
