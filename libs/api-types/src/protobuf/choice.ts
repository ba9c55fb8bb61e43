import type { Choice } from '../schema/message.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

type Schema = Record<string, unknown>

/**
 * Types of custom resource schemas that are a schema or something simpler in JSON, and a message with both members in protobuf:
 * `allows`/`schema`, `schema`/`jSONSchemas`, `schema`/`property`.
 */
export function writeChoice(
  w: Writer,
  at: number,
  value: unknown,
  instead: Choice,
  schema: (value: unknown, at: number) => number,
): number {
  const one = (item: unknown, place: number, tag: number) => {
    const before = w.end - place
    return w.delimit(schema(item ?? {}, place), before, tag)
  }
  if (instead === 'bool') {
    const isSchema = typeof value !== 'boolean'
    // a schema allows what it describes
    return w.bool(isSchema ? one(value, at, 18) : at, isSchema || value, 8)
  }
  if (!Array.isArray(value)) return one(value, at, 10)
  let place = at
  for (const item of value.toReversed())
    place = instead === 'strings' ? w.string(place, String(item), 18) : one(item, place, 18)
  return place
}

export function readChoice(r: Reader, instead: Choice, schema: (r: Reader, into: Schema) => void): unknown {
  const one = () => {
    const into: Schema = {}
    const outer = r.enter()
    schema(r, into)
    r.limit = outer
    return into
  }
  let found: Schema | undefined
  let allows = false
  const list: unknown[] = []
  while (r.pos < r.limit) {
    const tag = r.tag()
    if (instead === 'bool' && tag === 8) allows = r.bool()
    else if (instead === 'bool' && tag === 18) found = one()
    else if (instead !== 'bool' && tag === 10) found = one()
    else if (instead === 'list' && tag === 18) list.push(one())
    else if (instead === 'strings' && tag === 18) list.push(r.string())
    else r.skip(tag)
  }
  return found ?? (instead === 'bool' ? allows : list)
}
