import { setImmediate } from 'node:timers/promises'
import { envelopeHead, envelopeTail, memberHead, type ResourceEntry } from '@kubets/api-types'
import type { Entry } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { beginList } from './begin-list.ts'
import type { Page } from './list.ts'
import { entryProtobuf, listMetaSchema, member, protobufKind } from './protobuf-form.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'

/** Nothing holds the thread longer than this, ms. */
const slice = 4

/** Bytes of items held between the two passes; items beyond are made again when the cache has dropped them. */
const maxHeld = 16 * 1024 * 1024

/**
 * A list in protobuf. Its length stands at its front, so all items are made before the first is sent: a pass over them (in
 * slices, others go on in between) for the lengths, a second one that writes.
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
  let size = metadata.length
  let began = performance.now()
  const held: Uint8Array[] = []
  for (const one of page.entries) {
    const message = item(one)
    const { length } = message
    if (size < maxHeld) held.push(message)
    size += memberHead(2, length).length + length
    if (performance.now() - began < slice) continue
    await setImmediate()
    if (exchange.closed) return
    began = performance.now()
  }
  const body = await beginList(rest, context, form, size)
  body.bytes(envelopeHead(apiVersion, `${kind}List`, size), 0)
  body.bytes(metadata, 0)
  for (const [i, one] of page.entries.entries()) {
    if (body.closed) return
    const bytes = held[i] ?? item(one)
    body.bytes(memberHead(2, bytes.length), 0)
    body.bytes(bytes, 0)
    if (body.mustWait) await body.drained()
  }
  body.bytes(envelopeTail, 0)
  await body.end()
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
