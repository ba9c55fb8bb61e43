import type { Stretch } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { setApiHeaders } from '../handlers/respond.ts'
import { beginCompressed } from './begin-list.ts'
import { ChunkedBody, chunkSize } from './chunked-body.ts'
import { JoinedGzip, makeSegment, type Segment, segmentText } from './gzip-segments.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'

/** Segments that a list asks for before it writes the first of them: what the thread pool works at meanwhile. */
const ahead = 3

/** What a list is made of beside its compressed items. */
export interface CompressedParts {
  readonly head: Uint8Array
  /** Between two segments. */
  readonly separator: Uint8Array
  readonly tail: Uint8Array
}

/** The segments of the stretches, in order, a few made before they are asked for. */
export async function* segmentsOf(
  rest: Rest,
  stretches: readonly Stretch[],
  name: string,
  text: (stretch: Stretch) => Promise<Uint8Array>,
): AsyncGenerator<Segment, void, undefined> {
  const make = async (stretch: Stretch) => makeSegment(await text(stretch))
  const asked: (Segment | Promise<Segment>)[] = []
  const ask = (stretch: Stretch) => {
    const segment = rest.segments.get(stretch, name, make)
    // its turn to be awaited may never come
    if (segment instanceof Promise) segment.catch(() => undefined)
    asked.push(segment)
  }
  for (let i = 0; i < stretches.length; i++) {
    while (asked.length < Math.min(i + ahead, stretches.length)) ask(stretches[asked.length] as Stretch)
    const segment = asked[i] as Segment | Promise<Segment>
    // not held: the cache does that, within its bound
    asked[i] = Buffer.alloc(0)
    yield segment instanceof Promise ? await segment : segment
  }
}

/** Answers with segments that were compressed once for all who ask. */
export async function respondCompressed(
  rest: Rest,
  context: RequestContext,
  form: Representation,
  { head, separator, tail }: CompressedParts,
  segments: AsyncIterable<Segment> | Iterable<Segment>,
): Promise<void> {
  const body = new ChunkedBody(beginCompressed(context, form), rest.chunks)
  const gzip = new JoinedGzip(body)
  gzip.plain(head)
  let first = true
  for await (const segment of segments) {
    if (body.closed) return
    if (!first && separator.length > 0) gzip.plain(separator)
    first = false
    gzip.segment(segment)
    if (body.mustWait) await body.drained()
    if (rest.turns.over) await rest.turns.next()
  }
  gzip.plain(tail)
  await gzip.end()
}

/** The same for a client that takes no gzip: the thread pool opens the segments, the next one while one is written. */
export async function respondOpened(
  rest: Rest,
  context: RequestContext,
  form: Representation,
  { head, separator, tail }: CompressedParts,
  segments: AsyncIterable<Segment>,
): Promise<void> {
  setApiHeaders(context)
  const body = new ChunkedBody(context.exchange.begin(200, form.contentType), rest.chunks)
  body.bytes(head, 0)
  let first = true
  for await (const text of opened(segments)) {
    if (!first) body.bytes(separator, 0)
    first = false
    // a stretch is longer than what a slow reader may have waiting
    for (let at = 0; at < text.length; at += chunkSize) {
      if (body.closed) return
      body.bytes(text, at, Math.min(at + chunkSize, text.length))
      if (body.mustWait) await body.drained()
      if (rest.turns.over) await rest.turns.next()
    }
  }
  body.bytes(tail, 0)
  await body.end()
}

async function* opened(segments: AsyncIterable<Segment>): AsyncGenerator<Buffer, void, undefined> {
  const underWay: Promise<Buffer>[] = []
  for await (const segment of segments) {
    const text = segmentText(segment)
    text.catch(() => undefined)
    underWay.push(text)
    if (underWay.length > 1) yield await (underWay.shift() as Promise<Buffer>)
  }
  for (const text of underWay) yield await text
}
