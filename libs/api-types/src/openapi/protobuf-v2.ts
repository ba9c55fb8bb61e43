import type { Steps } from './documents.ts'
import { any, extensions, flag, message, named, namedOne, nothing, part, text, texts } from './protobuf-parts.ts'
import type { SchemaObject } from './schema-object.ts'

/**
 * An OpenAPI v2 document in the protobuf form that clients ask for (`OpenAPIv2.proto` of google/gnostic-models): kubectl and Helm read it
 * when they merge patches. Only what our documents have is written.
 */
export const openApiV2ProtobufType = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'

export function* openApiV2Protobuf(document: SchemaObject): Steps<Buffer> {
  const { info, paths, definitions, securityDefinitions, security } = document as Record<string, SchemaObject>
  const items: Buffer[] = []
  for (const [path, item] of Object.entries(paths ?? {})) {
    items.push(namedOne(2, path, pathItem(item)))
    yield
  }
  const schemas: Buffer[] = []
  for (const [name, definition] of Object.entries(definitions ?? {})) {
    schemas.push(namedOne(1, name, schema(definition)))
    yield
  }
  return message([
    text(1, document.swagger),
    part(2, message([text(1, info?.title), text(2, info?.version)])),
    part(8, message(items)),
    part(9, message(schemas)),
    ...(security as unknown as SchemaObject[]).map(one =>
      part(
        12,
        named(1, one, values => message(texts(1, values))),
      ),
    ),
    part(
      13,
      named(1, securityDefinitions, one => part(2, apiKey(one as SchemaObject))),
    ),
  ])
}

const methods = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 } as const

function pathItem(value: unknown): Buffer {
  const item = value as SchemaObject
  return message([
    ...Object.entries(methods).flatMap(([method, number]) =>
      item[method] === undefined ? [] : [part(number, operation(item[method] as SchemaObject))],
    ),
    ...parameters(9, item.parameters),
  ])
}

function operation(one: SchemaObject): Buffer {
  return message([
    ...texts(1, one.tags),
    text(3, one.description),
    text(5, one.operationId),
    ...texts(6, one.produces),
    ...texts(7, one.consumes),
    ...parameters(8, one.parameters),
    part(9, named(1, one.responses, response)),
    ...texts(10, one.schemes),
    ...extensions(13, one),
  ])
}

function response(value: unknown): Buffer {
  const { description, schema: answer } = value as SchemaObject
  return part(1, message([text(1, description), answer === undefined ? nothing : part(2, part(1, schema(answer)))]))
}

function parameters(number: number, values: unknown): Buffer[] {
  return ((values as SchemaObject[] | undefined) ?? []).map(one => part(number, part(1, parameter(one))))
}

function parameter(one: SchemaObject): Buffer {
  if (one.in === 'body')
    return part(1, message([text(2, one.name), text(3, 'body'), flag(4, one.required), part(5, schema(one.schema))]))
  const inQuery = one.in === 'query'
  const fields = message([
    flag(1, one.required),
    text(2, one.in),
    text(3, one.description),
    text(4, one.name),
    text(inQuery ? 6 : 5, one.type),
    flag(inQuery ? 20 : 19, one.uniqueItems),
  ])
  return part(2, part(inQuery ? 3 : 4, fields))
}

function schema(value: unknown): Buffer {
  const one = value as SchemaObject
  return message([
    text(1, one.$ref),
    text(2, one.format),
    text(4, one.description),
    one.default === undefined ? nothing : part(5, any(one.default)),
    ...texts(19, one.required),
    ...((one.enum as unknown[] | undefined) ?? []).map(item => part(20, any(item))),
    one.additionalProperties === undefined ? nothing : part(21, part(1, schema(one.additionalProperties))),
    one.type === undefined ? nothing : part(22, text(1, one.type)),
    one.items === undefined ? nothing : part(23, part(1, schema(one.items))),
    one.properties === undefined ? nothing : part(25, named(1, one.properties, schema)),
    ...extensions(31, one),
  ])
}

const apiKey = (one: SchemaObject): Buffer =>
  message([text(1, one.type), text(2, one.name), text(3, one.in), text(4, one.description)])
