import type { DeclaredType } from '@kubets/cel'
import { cel } from '../../validation/cel/library.ts'
import { additionalSchema, itemSchema, type JsonSchema } from '../json-schema.ts'

/** A schema with the type that expressions see of it. */
export interface SchemaType {
  schema: JsonSchema
  declared: DeclaredType
}

/** What all rules of a schema may cost together, and the dearest of them. */
export class TotalCost {
  total = 0n
  readonly dearest: { path: string; cost: bigint }[] = []

  observe(path: string, cost: bigint): void {
    this.total = capped(this.total + cost)
    if (cost < maxSchemaCost / 100n) return
    this.dearest.push({ path, cost })
    this.dearest.sort((a, b) => (a.cost === b.cost ? 0 : a.cost > b.cost ? -1 : 1))
    this.dearest.splice(4)
  }
}

export const maxSchemaCost = 100_000_000n
export const maxRuleCost = 10_000_000n
const greatest = 2n ** 64n - 1n
export const capped = (value: bigint): bigint => (value > greatest ? greatest : value)

type Access = (parent: SchemaType) => SchemaType | undefined

/** Where in a schema rules are looked at: how often they may run, and what their `self` is. */
export class SchemaContext {
  readonly total: TotalCost
  /** How many such values an object can have; undefined: as many as fit into a request. */
  readonly cardinality: bigint | undefined
  readonly #schema: JsonSchema | undefined
  readonly #parent: SchemaContext | undefined
  readonly #access: Access | undefined
  /** A rule stands here or above: types are taken from there. */
  readonly #scoped: boolean
  #type: SchemaType | undefined

  private constructor(
    schema: JsonSchema | undefined,
    total: TotalCost,
    cardinality: bigint | undefined,
    parent?: SchemaContext,
    access?: Access,
  ) {
    this.#schema = schema
    this.total = total
    this.cardinality = cardinality
    this.#parent = parent
    this.#access = access
    const here = (schema?.['x-kubernetes-validations'] ?? []).length > 0
    this.#scoped = parent === undefined ? here : here || parent.#scoped
  }

  static root(schema: JsonSchema): SchemaContext {
    return new SchemaContext(schema, new TotalCost(), 1n)
  }

  property(schema: JsonSchema | undefined, name: string): SchemaContext {
    return this.#child(schema, parent => {
      const escaped = cel().escapeName(name)
      const inner = parent.schema.properties?.[name]
      const declared = escaped === undefined ? undefined : parent.declared.fields?.get(escaped)
      return inner === undefined || declared === undefined ? undefined : { schema: inner, declared }
    })
  }

  items(schema: JsonSchema | undefined): SchemaContext {
    return this.#child(schema, parent => element(parent, itemSchema(parent.schema)))
  }

  additional(schema: JsonSchema | undefined): SchemaContext {
    return this.#child(schema, parent => element(parent, additionalSchema(parent.schema)))
  }

  #child(schema: JsonSchema | undefined, access: Access): SchemaContext {
    const own = this.#schema === undefined ? undefined : mostElements(this.#schema)
    const cardinality = this.cardinality === undefined || own === undefined ? undefined : capped(this.cardinality * own)
    return new SchemaContext(schema, this.total, cardinality, this, access)
  }

  type(): SchemaType | undefined {
    if (!this.#scoped) return undefined
    this.#type ??= this.#inherited() ?? this.#own()
    return this.#type
  }

  #inherited(): SchemaType | undefined {
    const parent = this.#parent?.type()
    return parent && this.#access?.(parent)
  }

  #own(): SchemaType | undefined {
    const schema = this.#schema
    if (schema === undefined) return undefined
    const root = this.#parent === undefined || schema['x-kubernetes-embedded-resource'] === true
    const declared = cel().declaredSchema(schema, root)
    return declared && { schema, declared }
  }
}

function element({ declared }: SchemaType, schema: JsonSchema | undefined): SchemaType | undefined {
  return schema === undefined || declared.element === undefined ? undefined : { schema, declared: declared.element }
}

/** How many children a value has of each child schema. */
function mostElements(schema: JsonSchema): bigint | undefined {
  const bound = (most: number | undefined | null) => (typeof most === 'number' ? BigInt(Math.max(0, most)) : undefined)
  if (schema.type === 'array') return bound(schema.maxItems)
  const map = schema.additionalProperties !== undefined && schema.additionalProperties !== null
  return schema.type === 'object' && map ? bound(schema.maxProperties) : 1n
}
