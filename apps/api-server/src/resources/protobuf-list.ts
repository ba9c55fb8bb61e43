import { envelopeHead, envelopeTail, memberHead, type ResourceEntry } from '@kubets/api-types'
import type { Entry, Stretch } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { beginList, isCompressed, roughSize } from './begin-list.ts'
import { respondCompressed, respondOpened, segmentsOf } from './compressed-list.ts'
import { textLength } from './gzip-segments.ts'
import type { Page } from './list.ts'
import { entryProtobuf, formName, listMetaSchema, member, protobufKind } from './protobuf-form.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'
import { TextBuffer, type TextSink } from './text-sink.ts'

/** From so many stretches on (some 10,000 items) a list is kept compressed: its items alone would push each other out of the cache. */
const longList = 100

/** Entries whose lengths are kept together where they do not stand together in the cache. */
const batch = 100

/**
 * A list in protobuf. Its length stands at its front: a pass for the lengths, which stretches of the cache remember, and a second one that
 * writes. Items are made on the way and kept by the cache, within its bound, never all of them for one answer.
 */
export async function respondProtobufList(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  page: Page,
  form: Representation,
): Promise<void> {
  const { exchange } = context
  const { apiVersion, kind } = protobufKind(entry, form)
  const item = itemReader(rest, entry, form)
  const metadata = member(1, rest.schemas.get(listMetaSchema).encodeProtobuf(page.metadata))
  const head = (size: number) =>
    Buffer.concat([envelopeHead(apiVersion, `${kind}List`, metadata.length + size), metadata])
  const { stretches } = page
  const compressed = isCompressed(context, roughSize(page.entries))
  if (stretches !== undefined && (compressed || stretches.length > longList)) {
    const name = `gzip:${formName(entry, form)}`
    const text = (stretch: Stretch) => stretchText(rest, stretch, item)
    let size = 0
    for await (const segment of segmentsOf(rest, stretches, name, text)) {
      size += textLength(segment)
      if (exchange.closed) return
    }
    // by now they are there, but for what the bound has pushed out
    const segments = segmentsOf(rest, stretches, name, text)
    const parts = { head: head(size), separator: nothing, tail: envelopeTail }
    return compressed
      ? respondCompressed(rest, context, form, parts, segments)
      : respondOpened(rest, context, form, parts, segments)
  }
  let size = 0
  const lengths = `length:${formName(entry, form)}`
  for (const part of stretches ?? inBatches(page.entries)) {
    const known = 'form' in part ? part.form(lengths) : undefined
    let length = known === undefined ? 0 : Buffer.from(known).readUInt32LE(0)
    if (known === undefined) {
      for (const one of part.entries) {
        if (rest.turns.over) await rest.turns.next()
        if (exchange.closed) return
        const bytes = item(one).length
        length += memberHead(2, bytes).length + bytes
      }
      if ('keep' in part) part.keep(lengths, uint32(length))
    }
    size += length
  }
  const body = await beginList(rest, context, form, metadata.length + size)
  body.bytes(head(size), 0)
  for (const one of page.entries) {
    if (rest.turns.over) await rest.turns.next()
    if (body.closed) return
    writeMember(body, item(one))
    if (body.mustWait) await body.drained()
  }
  body.bytes(envelopeTail, 0)
  await body.end()
}

const nothing = Buffer.alloc(0)

function* inBatches(entries: readonly Entry[]): Generator<Pick<Stretch, 'entries'>, void, undefined> {
  for (let at = 0; at < entries.length; at += batch) yield { entries: entries.slice(at, at + batch) }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function writeMember(sink: TextSink, message: Uint8Array): void {
  sink.bytes(memberHead(2, message.length), 0)
  sink.bytes(message, 0)
}

async function stretchText(rest: Rest, { entries }: Stretch, item: (one: Entry) => Uint8Array): Promise<Buffer> {
  let size = 0
  for (const { bytes } of entries) size += bytes.length
  const text = new TextBuffer(size)
  for (const one of entries) {
    if (rest.turns.over) await rest.turns.next()
    writeMember(text, item(one))
  }
  return text.written
}

/** Takes an object's message out of its cached envelope. */
function itemReader(rest: Rest, entry: ResourceEntry, form: Representation): (one: Entry) => Uint8Array {
  const { apiVersion, kind } = protobufKind(entry, form)
  // behind this stands the message's length, a varint
  const head = envelopeHead(apiVersion, kind, 0).length - 1
  return one => {
    const bytes = entryProtobuf(rest, entry, form, one)
    let start = head
    while ((bytes[start] as number) >= 0x80) start++
    return bytes.subarray(start + 1, bytes.length - envelopeTail.length)
  }
}
