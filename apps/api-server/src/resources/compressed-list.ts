import type { Stretch } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { beginCompressed } from './begin-list.ts'
import { ChunkedBody } from './chunked-body.ts'
import { JoinedGzip, makeSegment, type Segment } from './gzip-segments.ts'
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
