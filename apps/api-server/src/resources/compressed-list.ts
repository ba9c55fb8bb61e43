import type { Stretch } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { beginCompressed } from './begin-list.ts'
import { ChunkedBody } from './chunked-body.ts'
import { JoinedGzip, makeSegment, type Segment } from './gzip-segments.ts'
import type { Representation } from './representation.ts'
import type { Rest } from './rest.ts'

/** What a list asks for before it writes the first of them: the thread pool works at it meanwhile. */
const ahead = 3

/** What a list is made of beside its compressed items. */
export interface CompressedParts {
  readonly head: Uint8Array
  /** Between two segments. */
  readonly separator: Uint8Array
  readonly tail: Uint8Array
}

/** The segments of the stretches, in order. */
export function segmentsOf(
  rest: Rest,
  stretches: readonly Stretch[],
  name: string,
  text: (stretch: Stretch) => Promise<Uint8Array>,
): InOrder<Segment> {
  const make = async (stretch: Stretch) => makeSegment(await text(stretch))
  return inOrder(stretches, stretch => rest.segments.get(stretch, name, make))
}

/** To be awaited only where it is a promise: what is kept is there at once, and a list has hundreds of these. */
export type InOrder<R> = Iterable<R | Promise<R>>

/** What is made of each, in order, a few made before they are asked for. */
export function* inOrder<T, R extends object>(all: readonly T[], make: (one: T) => R | Promise<R>): InOrder<R> {
  const made: (R | Promise<R>)[] = []
  let asked = 0
  for (let i = 0; i < all.length; i++) {
    for (; asked < Math.min(i + ahead, all.length); asked++) {
      const one = make(all[asked] as T)
      // its turn to be awaited may never come
      if (one instanceof Promise) one.catch(() => undefined)
      made.push(one)
    }
    // not held any longer: the cache does that, within its bound
    yield made.shift() as R | Promise<R>
  }
}

/** Answers with segments that were compressed once for all who ask. */
export async function respondCompressed(
  rest: Rest,
  context: RequestContext,
  form: Representation,
  { head, separator, tail }: CompressedParts,
  segments: InOrder<Segment>,
): Promise<void> {
  const body = new ChunkedBody(beginCompressed(context, form), rest.chunks)
  const gzip = new JoinedGzip(body)
  gzip.plain(head)
  let first = true
  for (const next of segments) {
    const segment = next instanceof Promise ? await next : next
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
