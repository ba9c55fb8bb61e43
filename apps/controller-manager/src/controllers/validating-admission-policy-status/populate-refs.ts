import type { TypedSchema } from '@kubets/cel'

/** A schema of an OpenAPI document. Built-in types that are an integer or a string say so by their format. */
export interface OpenApiSchema extends Omit<TypedSchema, 'properties' | 'additionalProperties' | 'items'> {
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly additionalProperties?: OpenApiSchema | boolean
  readonly items?: OpenApiSchema
  readonly $ref?: string
  /** Wraps a reference that has a description of its own. */
  readonly allOf?: readonly OpenApiSchema[]
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[]
}

export type Schemas = Readonly<Record<string, OpenApiSchema>>

const prefix = '#/components/schemas/'

/** The schema with what it refers to in its place; a reference to what it is part of becomes an empty object. Undefined: it refers to what is not there. */
export function populateRefs(schemas: Schemas, name: string): TypedSchema | undefined {
  const root = schemas[name]
  return root && populated(root, new Set([name]), schemas)
}

function populated(given: OpenApiSchema, within: Set<string>, schemas: Schemas): TypedSchema | undefined {
  const name = refOf(given)?.replace(prefix, '')
  if (name === undefined) return filled(given, within, schemas)
  if (within.has(name)) return { type: 'object' }
  const target = schemas[name]
  if (target === undefined) return undefined
  within.add(name)
  const result = filled(target, within, schemas)
  within.delete(name)
  return result
}

/** The schemas inside, in their places. */
function filled(schema: OpenApiSchema, within: Set<string>, schemas: Schemas): TypedSchema | undefined {
  let complete = true
  const fill = (inner: OpenApiSchema): TypedSchema => {
    const result = populated(inner, within, schemas)
    if (result === undefined) complete = false
    return result ?? {}
  }
  const { properties, additionalProperties: additional, items } = schema
  const result: TypedSchema = {
    ...(schema as TypedSchema),
    ...(schema.format === 'int-or-string' ? { 'x-kubernetes-int-or-string': true } : {}),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, fill(one)])) }
      : {}),
    ...(typeof additional === 'object' && additional !== null ? { additionalProperties: fill(additional) } : {}),
    ...(items ? { items: fill(items) } : {}),
  }
  return complete ? result : undefined
}

function refOf({ $ref, allOf }: OpenApiSchema): string | undefined {
  if ($ref !== undefined) return $ref
  for (const part of allOf ?? []) {
    const found = refOf(part)
    if (found !== undefined) return found
  }
  return undefined
}
