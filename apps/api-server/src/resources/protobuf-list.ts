import { envelopeHead, envelopeTail, memberHead, type ResourceEntry } from '@kubets/api-types'
import type { Entry, Stretch } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { setApiHeaders } from '../handlers/respond.ts'
import { beginList, hasAtLeast, roughSize } from './begin-list.ts'
import { ChunkedBody } from './chunked-body.ts'
import { type InOrder, inOrder, respondCompressed, segmentsOf } from './compressed-list.ts'
import { isCompressed } from './compression.ts'
import { textLength } from './gzip-segments.ts'
import type { Page } from './list.ts'
import { pack, packedLength, unpack } from './packed-stretches.ts'
import { entryProtobuf, formName, listMetaSchema, member, protobufKind } from './protobuf-form.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'
import { TextBuffer, type TextSink } from './text-sink.ts'

/** With fewer items than this they are not kept together. */
const shortList = 100

/** Of the JSON of its items: what protobuf takes of it at most, nearly always. */
const ofJson = 0.75

/**
 * A list in protobuf. Its length stands at its front: a pass for the lengths, and a second one that writes. Items that stand together in the cache
 * are kept together, within its bounds: compressed for those who take gzip, else plain for a while, or packed where they are too many for that.
 */
export async function respondProtobufList(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  page: Page,
  form: Representation,
): Promise<void> {
  const { apiVersion, kind } = protobufKind(entry, form)
  const metadata = member(1, rest.schemas.get(listMetaSchema).encodeProtobuf(page.metadata))
  const list: ProtobufList = {
    rest,
    context,
    form,
    name: formName(entry, form),
    item: itemReader(rest, entry, form),
    head: size => Buffer.concat([envelopeHead(apiVersion, `${kind}List`, metadata.length + size), metadata]),
  }
  const { stretches } = page
  if (stretches === undefined || !hasAtLeast(shortList, page)) return respondItems(list, page.entries)
  if (isCompressed(context.exchange, roughSize(page))) return respondGzip(list, stretches)
  let json = 0
  for (const { size } of page.entries) json += size
  // plain they would push each other out of the cache
  return json * ofJson > rest.cache.passingBytes ? respondPacked(list, stretches) : respondPlain(list, stretches)
}

interface ProtobufList {
  readonly rest: Rest
  readonly context: RequestContext
  readonly form: Representation
  /** Of the items' form. */
  readonly name: string
  readonly item: (one: Entry) => Uint8Array
  /** What stands in front of items of that many bytes. */
  readonly head: (size: number) => Buffer
}

/** Few items, or those that a selector chose: one by one. */
async function respondItems(
  { rest, context, form, item, head }: ProtobufList,
  entries: readonly Entry[],
): Promise<void> {
  let size = 0
  for (const one of entries) {
    if (rest.turns.over) await rest.turns.next()
    if (context.exchange.closed) return
    const { length } = item(one)
    size += memberHead(2, length).length + length
  }
  const body = await beginList(rest, context, form, size)
  body.bytes(head(size), 0)
  for (const one of entries) {
    if (rest.turns.over) await rest.turns.next()
    if (body.closed) return
    writeMember(body, item(one))
    if (body.mustWait) await body.drained()
  }
  body.bytes(envelopeTail, 0)
  await body.end()
}

async function respondGzip(list: ProtobufList, stretches: readonly Stretch[]): Promise<void> {
  const { rest, context, form } = list
  const segments = () => segmentsOf(rest, stretches, `gzip:${list.name}`, stretch => stretchText(list, stretch))
  const size = await sum(list, segments(), textLength)
  if (size === undefined) return
  // by now they are there, but for what the bound has pushed out
  const parts = { head: list.head(size), separator: nothing, tail: envelopeTail }
  return respondCompressed(rest, context, form, parts, segments())
}

async function respondPlain(list: ProtobufList, stretches: readonly Stretch[]): Promise<void> {
  const texts: Buffer[] = []
  const all = inOrder(stretches, stretch =>
    list.rest.segments.get(stretch, `list:${list.name}`, one => stretchText(list, one), 'passing'),
  )
  for (const next of all) {
    const text = next instanceof Promise ? await next : next
    if (list.context.exchange.closed) return
    texts.push(text)
  }
  return respondTexts(
    list,
    texts.reduce((size, { length }) => size + length, 0),
    texts,
  )
}

async function respondPacked(list: ProtobufList, stretches: readonly Stretch[]): Promise<void> {
  const make = async (stretch: Stretch) => pack(await stretchText(list, stretch))
  const packed = (stretch: Stretch) => list.rest.segments.get(stretch, `packed:${list.name}`, make)
  const size = await sum(list, inOrder(stretches, packed), packedLength)
  if (size === undefined) return
  return respondTexts(
    list,
    size,
    inOrder(stretches, async stretch => unpack(await packed(stretch))),
  )
}

/** Undefined when the client is gone. */
async function sum(
  { context }: ProtobufList,
  all: InOrder<Buffer>,
  lengthOf: (one: Buffer) => number,
): Promise<number | undefined> {
  let size = 0
  for (const next of all) {
    const one = next instanceof Promise ? await next : next
    if (context.exchange.closed) return undefined
    size += lengthOf(one)
  }
  return size
}

async function respondTexts(
  { rest, context, form, head }: ProtobufList,
  size: number,
  texts: InOrder<Buffer>,
): Promise<void> {
  setApiHeaders(context)
  const body = new ChunkedBody(context.exchange.begin(200, form.contentType), rest.chunks)
  body.bytes(head(size), 0)
  for (const next of texts) {
    const text = next instanceof Promise ? await next : next
    if (body.closed) return
    await body.kept(text)
    if (rest.turns.over) await rest.turns.next()
  }
  body.bytes(envelopeTail, 0)
  await body.end()
}

const nothing = Buffer.alloc(0)

function writeMember(sink: TextSink, message: Uint8Array): void {
  sink.bytes(memberHead(2, message.length), 0)
  sink.bytes(message, 0)
}

async function stretchText({ rest, item }: ProtobufList, { entries }: Stretch): Promise<Buffer> {
  let size = 0
  for (const one of entries) size += one.size
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
