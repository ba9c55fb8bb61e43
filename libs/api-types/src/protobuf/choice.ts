import type { Choice } from '../schema/message.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

type Schema = Record<string, unknown>

/**
 * Types of custom resource schemas that are a schema or something simpler in JSON, and a message with both members in protobuf:
 * `allows`/`schema`, `schema`/`jSONSchemas`, `schema`/`property`.
 */
export function writeChoice(
  value: unknown,
  w: Writer,
  instead: Choice,
  schema: (value: unknown, w: Writer) => void,
): void {
  const one = (item: unknown, tag: number) => {
    const before = w.written
    schema(item ?? {}, w)
    w.delimit(before, tag)
  }
  if (instead === 'bool') {
    const isSchema = typeof value !== 'boolean'
    if (isSchema) one(value, 18)
    // a schema allows what it describes
    w.bool(isSchema || value, 8)
    return
  }
  if (!Array.isArray(value)) {
    one(value, 10)
    return
  }
  for (const item of value.toReversed())
    if (instead === 'strings') w.string(String(item), 18)
    else one(item, 18)
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
