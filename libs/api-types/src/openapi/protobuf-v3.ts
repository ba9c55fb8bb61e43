import type { Steps } from './documents.ts'
import { any, extensions, flag, message, named, namedOne, nothing, part, tag, text, texts } from './protobuf-parts.ts'
import type { SchemaObject } from './schema-object.ts'

/**
 * An OpenAPI v3 document in the protobuf form that client-go asks for (`OpenAPIv3.proto` of google/gnostic-models). Only what our documents have
 * is written.
 */
export const openApiV3ProtobufType = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf'

export function* openApiV3Protobuf(document: SchemaObject): Steps<Buffer> {
  const { info, paths, components } = document as Record<string, SchemaObject>
  const items: Buffer[] = []
  for (const [path, item] of Object.entries(paths ?? {})) {
    items.push(namedOne(1, path, pathItem(item as SchemaObject)))
    yield
  }
  const schemas: Buffer[] = []
  for (const [name, one] of Object.entries(components?.schemas ?? {})) {
    schemas.push(namedOne(1, name, schemaOrReference(one)))
    yield
  }
  return message([
    text(1, document.openapi),
    part(2, message([text(1, info?.title), text(6, info?.version)])),
    part(4, message(items)),
    part(
      5,
      message([
        components?.schemas === undefined ? nothing : part(1, message(schemas)),
        part(
          7,
          named(1, components?.securitySchemes, one => part(1, securityScheme(one as SchemaObject))),
        ),
      ]),
    ),
  ])
}

const methods = { get: 4, put: 5, post: 6, delete: 7, options: 8, head: 9, patch: 10 } as const

function pathItem(item: SchemaObject): Buffer {
  return message([
    ...Object.entries(methods).flatMap(([method, number]) =>
      item[method] === undefined ? [] : [part(number, operation(item[method] as SchemaObject))],
    ),
    ...parameters(13, item.parameters),
  ])
}

function operation(one: SchemaObject): Buffer {
  const { requestBody } = one as { requestBody?: SchemaObject }
  return message([
    ...texts(1, one.tags),
    text(3, one.description),
    text(5, one.operationId),
    ...parameters(6, one.parameters),
    requestBody === undefined
      ? nothing
      : part(7, part(1, message([part(2, content(requestBody.content)), flag(3, requestBody.required)]))),
    part(
      8,
      named(2, one.responses, value => part(1, response(value as SchemaObject))),
    ),
    ...extensions(13, one),
  ])
}

const response = (one: SchemaObject): Buffer =>
  message([text(1, one.description), one.content === undefined ? nothing : part(3, content(one.content))])

/** Schemas by media type. */
const content = (types: unknown): Buffer =>
  named(1, types, one => part(1, schemaOrReference((one as SchemaObject).schema)))

const parameters = (number: number, values: unknown): Buffer[] =>
  ((values as SchemaObject[] | undefined) ?? []).map(one => part(number, part(1, parameter(one))))

const parameter = (one: SchemaObject): Buffer =>
  message([
    text(1, one.name),
    text(2, one.in),
    text(3, one.description),
    flag(4, one.required),
    one.schema === undefined ? nothing : part(10, schemaOrReference(one.schema)),
  ])

function schemaOrReference(value: unknown): Buffer {
  const one = value as SchemaObject
  return one.$ref === undefined ? part(1, schema(one)) : part(2, text(1, one.$ref))
}

function schema(one: SchemaObject): Buffer {
  const all = (number: number, values: unknown) =>
    ((values as unknown[] | undefined) ?? []).map(item => part(number, schemaOrReference(item)))
  return message([
    flag(20, one.uniqueItems),
    ...texts(23, one.required),
    ...((one.enum as unknown[] | undefined) ?? []).map(item => part(24, any(item))),
    text(25, one.type),
    ...all(26, one.allOf),
    ...all(27, one.oneOf),
    one.items === undefined ? nothing : part(30, part(1, schemaOrReference(one.items))),
    one.properties === undefined ? nothing : part(31, named(1, one.properties, schemaOrReference)),
    one.additionalProperties === undefined ? nothing : part(32, part(1, schemaOrReference(one.additionalProperties))),
    one.default === undefined ? nothing : part(33, byDefault(one.default)),
    text(34, one.description),
    text(35, one.format),
    ...extensions(36, one),
  ])
}

/** Numbers, truths and texts; of anything else only that there is a default. */
function byDefault(value: unknown): Buffer {
  if (typeof value === 'string') return part(3, Buffer.from(value))
  if (typeof value === 'boolean') return Buffer.from([...tag(2, 0), value ? 1 : 0])
  if (typeof value !== 'number') return nothing
  const bytes = Buffer.from([...tag(1, 1), 0, 0, 0, 0, 0, 0, 0, 0])
  bytes.writeDoubleLE(value, 1)
  return bytes
}

const securityScheme = (one: SchemaObject): Buffer =>
  message([text(1, one.type), text(2, one.description), text(3, one.name), text(4, one.in)])
