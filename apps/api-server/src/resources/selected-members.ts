import type { KubeObject, ResourceEntry, Schemas } from '@kubets/api-types'
import { groupVersion } from './group-version.ts'
import { afterNested, afterString } from './json-bytes.ts'
import { statusStandsLast } from './unread-spec.ts'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const closeBrace = 0x7d
const openBracket = 0x5b

const specMember = Buffer.from('},"spec":{')
const statusMember = Buffer.from(',"status":{')
/** The end of that: found in a third of the time, since Node has a faster way for the shorter. */
const statusEnd = Buffer.from('status":{')

/** Members that `selectableFields` read beside those that the fields are named after. A test holds that these are all. */
const readToo = ['succeeded', 'podIPs', 'component']

/** At so many different texts of labels the table starts anew: it saves time and memory, and is needed for nothing. */
const maxLabelTexts = 20_000

type Labels = Record<string, string>
type Values = Record<string, unknown>
type LastNames = Record<'spec' | 'status', string | undefined>

/**
 * Reads of canonical bytes what selectors may ask for, and nothing else: names, labels, and the members that the kind's fields are named after.
 * Most of a typical object is passed over without a look: what stands between labels and spec, the end of the spec, the end of the status.
 */
export class SelectedMembers {
  readonly #entry: ResourceEntry
  readonly #schemas: Schemas
  /** How canonical bytes begin, to the brace of their metadata. */
  readonly #head: Buffer
  /** Names of members of the object and of its parts. */
  readonly #wanted: ReadonlySet<string>
  /** By {@link shape}: most names are known not to be wanted without being read. */
  readonly #shapes: ReadonlySet<number>
  readonly #onlyMetadata: boolean
  readonly #labels: Map<string, Labels>
  #last: LastNames | undefined

  /** `labels`: known texts of labels, which kinds may share. */
  constructor(entry: ResourceEntry, schemas: Schemas, labels: Map<string, Labels>) {
    this.#entry = entry
    this.#schemas = schemas
    this.#labels = labels
    this.#head = Buffer.from(`{"kind":"${entry.kind}","apiVersion":"${groupVersion(entry)}","metadata":{`)
    const fields = Object.keys(entry.selectableFields({})).filter(name => !name.startsWith('metadata.'))
    const names = [...fields.map(name => name.slice(name.lastIndexOf('.') + 1)), ...readToo]
    this.#wanted = new Set(names)
    this.#shapes = new Set(names.map(name => shape(name.length, name.charCodeAt(0))))
    this.#onlyMetadata = fields.length === 0
  }

  /** An object with these members only; undefined for what is not written as we write. */
  read(bytes: Buffer): KubeObject | undefined {
    const { length } = this.#head
    if (bytes.compare(this.#head, 0, length, 0, length) !== 0) return undefined
    const metadata: Values = {}
    const at = this.#metadata(bytes, length, metadata)
    if (at === -1) return undefined
    const object: Values = { metadata }
    if (this.#onlyMetadata) return object as KubeObject
    if (statusStandsLast(this.#schemas, this.#entry)) {
      // no value in metadata holds these bytes: those of maps are texts, and members of managed fields have names like `f:spec`
      const spec = bytes.indexOf(specMember, at)
      const status = bytes.lastIndexOf(statusEnd) - (statusMember.length - statusEnd.length)
      if (spec === -1 || status < spec || bytes[status] !== comma || bytes[status + 1] !== quote) return undefined
      const { spec: lastOfSpec, status: lastOfStatus } = this.#lastWanted()
      object.spec = this.#part(bytes, spec + specMember.length, lastOfSpec)
      object.status = this.#part(bytes, status + statusMember.length, lastOfStatus)
      return object.spec === undefined || object.status === undefined ? undefined : (object as KubeObject)
    }
    const end = afterNested(bytes, length - 1)
    if (bytes[end] === closeBrace) return object as KubeObject
    return this.#parts(bytes, end + 1, object) === bytes.length ? (object as KubeObject) : undefined
  }

  /** Name, namespace and labels, which stand in front; a place in metadata that is not inside of a text, -1 for what is not ours. */
  #metadata(bytes: Buffer, from: number, metadata: Values): number {
    let at = from
    for (;;) {
      if (bytes[at] !== quote) return -1
      const name = at + 1
      // n: name, namespace; l: labels; behind those in order: annotations, ownerReferences, finalizers, managedFields
      const initial = bytes[name]
      if (initial === 0x61 || initial === 0x6f || initial === 0x66 || initial === 0x6d) return at
      at = afterString(bytes, name)
      const nameLength = at - 1 - name
      if (bytes[at++] !== colon) return -1
      const value = at
      if (bytes[value] === openBrace) {
        at = afterNested(bytes, value)
        if (initial === 0x6c && nameLength === 6) {
          metadata.labels = this.#labelsOf(bytes, value, at)
          return bytes[at] === comma ? at + 1 : at
        }
      } else if (bytes[value] === quote) {
        at = afterString(bytes, value + 1)
        if (initial === 0x6e) metadata[nameLength === 4 ? 'name' : 'namespace'] = text(bytes, value + 1, at - 1)
      } else at = afterPlain(bytes, value)
      if (bytes[at] === closeBrace) return at
      if (bytes[at++] !== comma) return -1
    }
  }

  #labelsOf(bytes: Buffer, from: number, to: number): Labels {
    const written = bytes.toString('latin1', from, to)
    let labels = this.#labels.get(written)
    if (labels === undefined) {
      labels = JSON.parse(bytes.toString('utf8', from, to)) as Labels
      if (this.#labels.size >= maxLabelTexts) this.#labels.clear()
      this.#labels.set(written, labels)
    }
    return labels
  }

  /** The object's members behind its metadata: scalars, and what is wanted of its parts. The place behind it, -1 for what is not ours. */
  #parts(bytes: Buffer, from: number, object: Values): number {
    let at = from
    for (;;) {
      if (bytes[at] !== quote) return -1
      const name = at + 1
      at = afterString(bytes, name)
      const nameEnd = at - 1
      if (bytes[at++] !== colon) return -1
      const value = bytes[at]
      if (value === openBrace) {
        const part: Values = {}
        object[bytes.toString('latin1', name, nameEnd)] = part
        at = this.#members(bytes, at + 1, part, undefined)
        if (at === -1) return -1
      } else at = this.#value(bytes, at, name, nameEnd, object)
      if (bytes[at] === closeBrace) return at + 1
      if (bytes[at++] !== comma) return -1
    }
  }

  /** What is wanted of an object whose brace was read. Ends early behind the member `last`. */
  #members(bytes: Buffer, from: number, into: Values, last: string | undefined): number {
    let at = from
    if (bytes[at] === closeBrace) return at + 1
    for (;;) {
      if (bytes[at] !== quote) return -1
      const name = at + 1
      at = afterString(bytes, name)
      const nameEnd = at - 1
      if (bytes[at++] !== colon) return -1
      at = this.#value(bytes, at, name, nameEnd, into)
      if (last !== undefined && last in into) return at
      if (bytes[at] === closeBrace) return at + 1
      if (bytes[at++] !== comma) return -1
    }
  }

  /** The place behind a value, which is taken if its name is wanted. */
  #value(bytes: Buffer, from: number, name: number, nameEnd: number, into: Values): number {
    const first = bytes[from]
    const end =
      first === quote
        ? afterString(bytes, from + 1)
        : first === openBrace || first === openBracket
          ? afterNested(bytes, from)
          : afterPlain(bytes, from)
    if (!this.#shapes.has(shape(nameEnd - name, bytes[name] as number))) return end
    const member = bytes.toString('latin1', name, nameEnd)
    if (!this.#wanted.has(member)) return end
    into[member] = first === quote ? text(bytes, from + 1, end - 1) : JSON.parse(bytes.toString('utf8', from, end))
    return end
  }

  /** What is wanted of the spec or the status, up to the member that is the last of it. */
  #part(bytes: Buffer, from: number, last: string | undefined): Values | undefined {
    const part: Values = {}
    return last === undefined || this.#members(bytes, from, part, last) !== -1 ? part : undefined
  }

  /** The last of the wanted members, in the order in which they are written. */
  #lastWanted(): LastNames {
    const message = this.#schemas.message(this.#entry.schema)
    const lastOf = (part: string): string | undefined => {
      const type = message.byName.get(part)?.type
      if (type?.of !== 'message') return undefined
      const names = this.#schemas.message(type.name).fields.map(({ name }) => name)
      return names.filter(name => this.#wanted.has(name)).at(-1)
    }
    this.#last ??= { spec: lastOf('spec'), status: lastOf('status') }
    return this.#last
  }
}

const shape = (length: number, initial: number) => length * 256 + initial

/** The place behind a number, `true`, `false` or `null`. */
function afterPlain(bytes: Buffer, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== comma && bytes[at] !== closeBrace) at++
  return at
}

/** A text between its quotes. */
function text(bytes: Buffer, from: number, to: number): string {
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    if (byte >= 0x80 || byte === backslash) return JSON.parse(bytes.toString('utf8', from - 1, to + 1)) as string
  }
  return bytes.toString('latin1', from, to)
}
