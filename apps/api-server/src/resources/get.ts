import type { ResourceEntry } from '@kubets/api-types'
import { notFound, plainError } from '@kubets/apimachinery'
import type { Entry, Snapshot } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { resourceVersionParameter } from './query.ts'
import { respondEntry } from './respond-object.ts'
import { keyOf, type Rest, type Verb } from './rest.ts'
import { atLeast, consistent } from './snapshot.ts'

/** GET of one object: consistent, or with `resourceVersion` anything at least as new. */
export const get: Verb = (rest, context, entry) =>
  find(rest, context, entry, found => respondEntry(rest, context, entry, found))

/** Finds what a GET asks for, and answers with it. Throws 404 when it is not there. */
export function find(
  rest: Rest,
  { info }: RequestContext,
  entry: ResourceEntry,
  respond: (found: Entry) => undefined | Promise<void>,
): undefined | Promise<void> {
  const { query } = info
  // upstream has no watch cache for events: its store refuses in its own way
  const revision = resourceVersionParameter(query, entry.resource === 'events' ? undefined : plainError)
  const answer = (snapshot: Snapshot): undefined | Promise<void> => {
    const found = snapshot.get(keyOf(entry, info.namespace, info.name))
    if (found === undefined) throw notFound(info, info.name)
    return respond(found)
  }
  if (revision === 0) return answer(rest.cache.snapshot())
  const waiting = revision === undefined ? consistent(rest.cache) : atLeast(rest.cache, revision, entry)
  return waiting.then(answer)
}
