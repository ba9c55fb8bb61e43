import type { Catalogue, Field, FieldType, Message, Scalar, Schemas } from '@kubets/api-types'

/** A node of an OpenAPI document. */
export type Json = { [key: string]: unknown }

const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity'
const intOrString = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString'
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const rawExtension = 'io.k8s.apimachinery.pkg.runtime.RawExtension'

/** Types that upstream describes under a name of their own. */
const namedScalars: Readonly<Partial<Record<Scalar, readonly [string, Json]>>> = {
  Quantity: [quantity, { oneOf: [{ type: 'string' }, { type: 'number' }] }],
  IntOrString: [intOrString, { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] }],
  Time: [`${meta}.Time`, { format: 'date-time', type: 'string' }],
  MicroTime: [`${meta}.MicroTime`, { format: 'date-time', type: 'string' }],
  Duration: [`${meta}.Duration`, { type: 'string' }],
  FieldsV1: [`${meta}.FieldsV1`, { type: 'object' }],
  RawExtension: [rawExtension, { type: 'object' }],
}

const plainScalars: Readonly<Partial<Record<Scalar, Json>>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { format: 'int32', type: 'integer' },
  int64: { format: 'int64', type: 'integer' },
  float64: { format: 'double', type: 'number' },
  bytes: { format: 'byte', type: 'string' },
}

/**
 * Describes messages and all that they hold, from the same tables that check and store them. `refs` is where the
 * document keeps them: `#/components/schemas/` in v3, `#/definitions/` in v2.
 */
export function componentSchemas(schemas: Schemas, catalogue: Catalogue, roots: Iterable<string>, refs: string): Json {
  const kinds = kindsByMessage(catalogue)
  const done: Json = {}
  const queue = [...new Set(roots)]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (done[name] !== undefined || !schemas.has(name)) continue
    done[name] = describeMessage(schemas.message(name), kinds.get(name))
  }
  return Object.fromEntries(Object.entries(done).sort(([a], [b]) => (a < b ? -1 : 1)))

  function describeMessage(message: Message, gvks: readonly Json[] | undefined): Json {
    const properties: Json = {}
    const required: string[] = []
    if (message.hasKind) {
      properties.apiVersion = { type: 'string' }
      properties.kind = { type: 'string' }
    }
    for (const field of message.fields) {
      properties[field.name] = describeField(field)
      if (field.required) required.push(field.name)
    }
    return {
      type: 'object',
      ...(required.length > 0 ? { required } : {}),
      properties: Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1))),
      ...(gvks === undefined ? {} : { 'x-kubernetes-group-version-kind': gvks }),
      ...(message.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    }
  }

  function describeField(field: Field): Json {
    const { extras } = field
    const described = describeType(field.type)
    const value: Json = '$ref' in described ? { allOf: [described] } : described
    if (extras.default !== undefined) value.default = extras.default
    if (extras.list !== undefined) value['x-kubernetes-list-type'] = extras.list
    if (extras.keys !== undefined) value['x-kubernetes-list-map-keys'] = extras.keys
    if (extras.map !== undefined) value['x-kubernetes-map-type'] = extras.map
    if (extras.mergeKey !== undefined) value['x-kubernetes-patch-merge-key'] = extras.mergeKey
    if (extras.strategy !== undefined) value['x-kubernetes-patch-strategy'] = extras.strategy
    return value
  }

  function describeType(type: FieldType): Json {
    switch (type.of) {
      case 'message':
        queue.push(type.name)
        return { $ref: refs + type.name }
      case 'list':
        return { type: 'array', items: describeType(type.item) }
      case 'map':
        return { type: 'object', additionalProperties: describeType(type.item) }
      case 'scalar': {
        const named = namedScalars[type.scalar]
        if (named !== undefined) {
          done[named[0]] = named[1]
          return { $ref: refs + named[0] }
        }
        return { ...plainScalars[type.scalar], ...(type.values === undefined ? {} : { enum: [...type.values] }) }
      }
    }
  }
}

function kindsByMessage(catalogue: Catalogue): Map<string, Json[]> {
  const kinds = new Map<string, Json[]>()
  for (const { schema, group, version, kind } of catalogue.entries) {
    kinds.set(schema, [{ group, kind, version }])
    kinds.set(`${schema}List`, [{ group, kind: `${kind}List`, version }])
  }
  return kinds
}
