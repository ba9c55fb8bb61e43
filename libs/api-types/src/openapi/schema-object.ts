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
  if (type.of === 'list') return { items: itemSchema(type.item, dialect), type: 'array' }
  if (type.of === 'map') return { additionalProperties: itemSchema(type.item, dialect), type: 'object' }
  const values = type.of === 'scalar' ? type.values : undefined
  const plain = (type.of === 'scalar' ? plainScalars[type.scalar] : undefined) ?? { type: 'object' }
  return values === undefined || values.length === 0 ? plain : { ...plain, enum: values }
}

/** An item of a list or map: v3 gives it the zero of its type as default, and wraps references. */
function itemSchema(type: FieldType, dialect: Dialect): SchemaObject {
  const base = typeSchema(type, dialect)
  if (!dialect.oneOf) return base
  const zero = zeroOf(type)
  return zero === undefined ? base : { ...('$ref' in base ? { allOf: [base] } : base), default: zero }
}

/** What Go's zero value of a type is in JSON; types that may be nil or write themselves have none. */
function zeroOf(type: FieldType): unknown {
  if (type.of === 'message') return {}
  if (type.of !== 'scalar') return undefined
  switch (type.scalar) {
    case 'string':
      return ''
    case 'bool':
      return false
    case 'int32':
    case 'int64':
    case 'float64':
      return 0
    default:
      return undefined
  }
}

/** v3: a field that is always written has its zero value as default. v2 has no defaults. */
function defaultOf({ extras, type, pointer, omitEmpty }: Field, dialect: Dialect): unknown {
  if (!dialect.oneOf) return undefined
  if (extras.default !== undefined || pointer) return extras.default
  return type.of === 'message' || !omitEmpty ? zeroOf(type) : undefined
}

function fieldSchema(field: Field, description: string, dialect: Dialect): SchemaObject {
  const { extras } = field
  const base = typeSchema(field.type, dialect)
  const value = defaultOf(field, dialect)
  // v3: nothing may stand beside a reference, so it is wrapped.
  const type = dialect.oneOf && '$ref' in base ? { allOf: [base] } : base
  return {
    ...(description === '' ? {} : { description }),
    ...type,
    ...(value === undefined ? {} : { default: value }),
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

/** Fields that upstream says nothing about: nothing stands beside their reference. */
const undescribed = new Set([
  'io.k8s.api.networking.v1.IngressRule.http',
  'io.k8s.api.networking.v1beta1.IngressRule.http',
  ...['additionalItems', 'additionalProperties', 'example', 'externalDocs', 'items', 'not'].map(
    name => `${apiextensions}.JSONSchemaProps.${name}`,
  ),
])

/** Messages of which one field tells which other one counts. */
const unions: Readonly<Record<string, SchemaObject>> = {
  'io.k8s.api.core.v1.AppArmorProfile': union('type', ['localhostProfile']),
  'io.k8s.api.core.v1.PodSchedulingGroup': union(undefined, ['podGroupName']),
  'io.k8s.api.core.v1.SeccompProfile': union('type', ['localhostProfile']),
  'io.k8s.api.flowcontrol.v1.LimitResponse': union('type', ['queuing']),
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec': union('type', ['exempt', 'limited']),
  'io.k8s.api.flowcontrol.v1.Subject': union('kind', ['group', 'serviceAccount', 'user']),
}

function union(discriminator: string | undefined, fields: readonly string[]): SchemaObject {
  return {
    ...(discriminator === undefined ? {} : { discriminator }),
    'fields-to-discriminateBy': Object.fromEntries(
      fields.map(field => [field, field.charAt(0).toUpperCase() + field.slice(1)]),
    ),
  }
}

/** The schema of a message. */
export function messageSchema(message: Message, describe: Describe, dialect: Dialect): SchemaObject {
  const properties: Record<string, SchemaObject> = {}
  if (message.hasKind) {
    for (const name of ['apiVersion', 'kind'] as const) {
      properties[name] = { description: describe(message.name, name) || kindTexts[name], type: 'string' }
    }
  }
  for (const field of [...message.fields].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const reference = referenceOf(field.type)
    const text = describe(message.name, field.name) || (reference === undefined ? '' : describe(reference, ''))
    properties[field.name] = undescribed.has(`${message.name}.${field.name}`)
      ? typeSchema(field.type, dialect)
      : fieldSchema(field, text, dialect)
  }
  const required = message.fields.filter(field => field.required).map(field => field.name)
  const description = describe(message.name, '')
  return {
    ...(description === '' ? {} : { description }),
    type: 'object',
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required }),
    ...(message.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(unions[message.name] === undefined ? {} : { 'x-kubernetes-unions': [unions[message.name]] }),
  }
}
