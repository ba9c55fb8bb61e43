import { memberHead } from '../protobuf/envelope.ts'
import type { SchemaObject } from './schema-object.ts'

// The pieces that OpenAPI's protobuf messages are made of (google/gnostic-models, v2 and v3 alike).

export const message = (parts: readonly Buffer[]): Buffer => Buffer.concat(parts)
export const nothing = Buffer.alloc(0)

export const part = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([memberHead(number, bytes.length), bytes])

export const text = (number: number, value: unknown): Buffer =>
  typeof value === 'string' && value !== '' ? part(number, Buffer.from(value)) : nothing

export const texts = (number: number, values: unknown): Buffer[] =>
  ((values as string[] | undefined) ?? []).map(value => part(number, Buffer.from(value)))

/** A member that is true. */
export const flag = (number: number, value: unknown): Buffer =>
  value === true ? Buffer.from([...tag(number, 0), 1]) : nothing

/** A tag of up to two bytes: no message here has a field above 2,047. */
export const tag = (number: number, wire: number): number[] => {
  const value = (number << 3) | wire
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >> 7]
}

/** A map: pairs of name and value. */
export function named(number: number, map: unknown, value: (value: unknown) => Buffer): Buffer {
  return message(
    Object.entries((map as object | undefined) ?? {}).map(([name, one]) => namedOne(number, name, value(one))),
  )
}

export const namedOne = (number: number, name: string, value: Buffer): Buffer =>
  part(number, message([text(1, name), part(2, value)]))

/** Any value, as YAML text. */
export const any = (value: unknown): Buffer => text(2, `${yamlLines(value).join('\n')}\n`)

export const extensions = (number: number, object: SchemaObject): Buffer[] =>
  Object.entries(object)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, value]) => namedOne(number, name, any(value)))

/** YAML in the block form that upstream writes: what is nested stands at the next multiple of four columns. */
function yamlLines(value: unknown, column = 0): string[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return ['[]']
    return value.flatMap(item => yamlLines(item, column + 2).map((line, i) => (i === 0 ? `- ${line}` : `  ${line}`)))
  }
  if (typeof value !== 'object' || value === null) return [scalar(value)]
  const members = Object.entries(value)
  if (members.length === 0) return ['{}']
  const indent = 4 - (column % 4)
  return members.flatMap(([name, member]) => {
    const lines = yamlLines(member, column + indent)
    const nested = typeof member === 'object' && member !== null && Object.keys(member).length > 0
    return nested
      ? [`${scalar(name)}:`, ...lines.map(line => ' '.repeat(indent) + line)]
      : [`${scalar(name)}: ${lines[0]}`]
  })
}

const plain = /^[A-Za-z/](?:[\w./,+ -]*\w)?$/
/** What YAML 1.2 reads as something else than text. */
const otherwise = /^(?:|true|false|null|nan|inf|[\d.+-].*)$/i

/** As upstream quotes: singly what is text in any case, as in JSON what might be read as something else. */
function scalar(value: unknown): string {
  if (typeof value !== 'string' || otherwise.test(value) || !/^[\x20-\x7e]*$/.test(value)) return JSON.stringify(value)
  return plain.test(value) ? value : `'${value.replaceAll("'", "''")}'`
}
