import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { encodeJson } from '@kubets/apimachinery'
import type { Entry, Stretch } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { respondJson } from '../handlers/respond.ts'
import { isPretty } from '../printing/index.ts'
import { beginList, hasAtLeast, roughSize } from './begin-list.ts'
import type { ChunkedBody } from './chunked-body.ts'
import { inOrder, respondCompressed, segmentsOf } from './compressed-list.ts'
import { isCompressed } from './compression.ts'
import { groupVersion } from './group-version.ts'
import { keptRows, writeKeptRows } from './kept-rows.ts'
import type { Page } from './list.ts'
import { partialMetadata } from './partial-metadata.ts'
import { respondProtobufList } from './protobuf-list.ts'
import { cannotBeShown, goType, type Representation, resourceRepresentation } from './representation.ts'
import type { Rest } from './rest.ts'
import { AgedText, writeRow } from './row-facts.ts'
import { resourceVersionMember } from './splice.ts'
import { columnDefinitions, type IncludeObject, includeObject, type ListMeta, tableRow } from './table.ts'
import { TextBuffer, type TextSink } from './text-sink.ts'
import { entryVersionLine, hubObject, versionSuffix } from './version-form.ts'
import { yamlText } from './yaml-text.ts'

/** The whole list as one text: only what is audited with its answers pays for it. */
function listText(rest: Rest, entry: ResourceEntry, { entries, metadata }: Page): string {
  const items = entries.map(one => encodeJson(item(rest.codec.fromHub(entry, stored(rest, entry, one)))))
  return `{"kind":"${entry.kind}List","apiVersion":"${groupVersion(entry)}","metadata":${JSON.stringify(metadata)},"items":[${items.join(',')}]}`
}

/** Writes a list: cached bytes copied into recycled chunks, as fast as the client reads, never the whole body at once. */
export async function respondList(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  page: Page,
): Promise<void> {
  const { exchange, info } = context
  const form = resourceRepresentation(exchange.headers.accept, info.verb === 'deletecollection' ? 'whole' : 'streams')
  context.audit?.response(() => listText(rest, entry, page))
  if (form.as === 'PartialObjectMetadata')
    throw cannotBeShown(
      `you requested PartialObjectMetadata, but the requested object is a list (*${goType(entry)}List)`,
    )
  if (form.encoding === 'yaml') return respondYamlList(rest, context, entry, page, form)
  if (form.encoding === 'protobuf') return respondProtobufList(rest, context, entry, page, form)
  const size = roughSize(page)
  const now = rest.clock.now()
  const write = itemWriter(rest, entry, form, includeObject(info.query), now)
  const pretty = isPretty(context, form)
  // a Table's ages are another text for each answer, and few are printed for people
  if (form.as !== 'Table' && page.stretches !== undefined && !pretty && isCompressed(context.exchange, size)) {
    const name = `gzip:${form.as === 'Object' ? '' : form.version}${versionSuffix(entry)}`
    const segments = segmentsOf(rest, page.stretches, name, stretch => stretchText(rest, stretch, write))
    const parts = { head: Buffer.from(head(entry, form, page.metadata)), separator: comma, tail: listEnd }
    return respondCompressed(rest, context, form, parts, segments)
  }
  const body = await beginList(rest, context, form, size, pretty ? 'for people' : 'for programs')
  body.text(head(entry, form, page.metadata))
  if (form.as === 'Table' && page.stretches !== undefined && hasAtLeast(manyRows, page))
    await writeStretches(rest, body, page.stretches, {
      kept: keptRows(rest, entry, form.version, includeObject(info.query), now),
      write,
      now,
    })
  else await writeItems(rest, body, page.entries, write)
  body.bytes(listEnd, 0)
  await body.end()
}

async function writeItems(rest: Rest, body: ChunkedBody, entries: readonly Entry[], write: WriteItem): Promise<void> {
  let first = true
  for (const one of entries) {
    if (rest.turns.over) await rest.turns.next()
    if (body.closed) return
    if (!first) body.text(',')
    first = false
    write(body, one)
    if (body.mustWait) await body.drained()
  }
}

/** Rows of stretches, as they were kept or one by one. */
async function writeStretches(
  rest: Rest,
  body: ChunkedBody,
  stretches: readonly Stretch[],
  { kept, write, now }: { kept: ReturnType<typeof keptRows>; write: WriteItem; now: number },
): Promise<void> {
  let next = 0
  for (const made of inOrder(stretches, kept)) {
    const rows = made instanceof Promise ? await made : made
    const { entries } = stretches[next] as Stretch
    if (body.closed) return
    if (next++ > 0) body.text(',')
    if (rows.length === 0) await writeItems(rest, body, entries, write)
    else await writeKeptRows(rest, body, rows, now)
  }
}

const comma = Buffer.from(',')
const listEnd = Buffer.from(']}\n')

/** From so many rows on they are kept together. */
const manyRows = 100

/** What an item takes beside its stored bytes. */
const besideBytes = 64

/** The items of a stretch, with commas between them. */
async function stretchText(rest: Rest, { entries }: Stretch, write: WriteItem): Promise<Buffer> {
  let size = 0
  for (const one of entries) size += one.size + besideBytes
  const text = new TextBuffer(size)
  for (const [i, one] of entries.entries()) {
    if (rest.turns.over) await rest.turns.next()
    if (i > 0) text.bytes(comma, 0)
    write(text, one)
  }
  return text.written
}

function head(entry: ResourceEntry, form: Representation, metadata: ListMeta): string {
  const meta = JSON.stringify(metadata)
  if (form.as === 'Table')
    return `{"kind":"Table","apiVersion":"meta.k8s.io/${form.version}","metadata":${meta},"columnDefinitions":${JSON.stringify(columnDefinitions(entry))},"rows":[`
  if (form.as === 'PartialObjectMetadataList')
    return `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${form.version}","metadata":${meta},"items":[`
  return `{"kind":"${entry.kind}List","apiVersion":"${groupVersion(entry)}","metadata":${meta},"items":[`
}

type WriteItem = (body: TextSink, one: Entry) => void

/** What writes one item after the other. */
function itemWriter(
  rest: Rest,
  entry: ResourceEntry,
  form: Representation,
  include: IncludeObject,
  now: number,
): WriteItem {
  if (form.as === 'Table')
    return (body, one) => {
      if (writeRow(rest, new AgedText(body, now), entry, form.version, one, include, now)) return
      body.text(encodeJson(tableRow(rest.codec, entry, form.version, stored(rest, entry, one), include, now)))
    }
  if (form.as === 'Object') return objectWriter(rest, entry)
  return (body, one) => body.text(encodeJson(partialMetadata(entry, stored(rest, entry, one), form.version)))
}

function objectWriter(rest: Rest, entry: ResourceEntry): WriteItem {
  // at the front of stored bytes: items of a built-in list carry neither
  const prefix = Buffer.from(`{"kind":"${entry.kind}","apiVersion":"${groupVersion(entry)}",`)
  if (entry.hub !== undefined)
    return (body, one) => {
      body.text('{')
      const line = entryVersionLine(rest, entry, one)
      body.bytes(line, prefix.length, line.length - 1)
    }
  return (body, one) => {
    const { memory, start, size, modRevision } = one
    const splice = start + one.spliceAt
    body.text('{')
    body.bytes(memory, start + (standsAt(prefix, memory, start) ? prefix.length : 1), splice)
    body.text(resourceVersionMember(memory, splice, modRevision))
    body.bytes(memory, splice, start + size)
  }
}

const stored = (rest: Rest, entry: ResourceEntry, one: Entry) => hubObject(rest, entry, one.bytes, one.modRevision)

function standsAt(part: Uint8Array, memory: Uint8Array, at: number): boolean {
  for (let i = 0; i < part.length; i++) if (memory[at + i] !== part[i]) return false
  return true
}

/** Items of a built-in list carry neither kind nor apiVersion. */
const item = ({ kind: _, apiVersion: __, ...object }: KubeObject) => object

async function respondYamlList(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  page: Page,
  form: Representation,
): Promise<void> {
  const include = includeObject(context.info.query)
  const objects = page.entries.map(one => stored(rest, entry, one))
  const now = rest.clock.now()
  const value =
    form.as === 'Table'
      ? {
          kind: 'Table',
          apiVersion: `meta.k8s.io/${form.version}`,
          metadata: page.metadata,
          columnDefinitions: columnDefinitions(entry),
          rows: objects.map(o => tableRow(rest.codec, entry, form.version, o, include, now)),
        }
      : form.as === 'Object'
        ? {
            kind: `${entry.kind}List`,
            apiVersion: groupVersion(entry),
            metadata: page.metadata,
            items: objects.map(o => item(rest.codec.fromHub(entry, o))),
          }
        : {
            kind: 'PartialObjectMetadataList',
            apiVersion: `meta.k8s.io/${form.version}`,
            metadata: page.metadata,
            items: objects.map(o => partialMetadata(entry, o, form.version)),
          }
  respondJson(context, 200, await yamlText(value), form.contentType)
}
