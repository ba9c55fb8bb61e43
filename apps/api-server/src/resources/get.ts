import { notFound } from '@kubets/apimachinery'
import type { Snapshot } from '@kubets/storage'
import { resourceVersionParameter, withoutReason } from './query.ts'
import { respondEntry } from './respond-object.ts'
import { keyOf, type Verb } from './rest.ts'
import { atLeast, consistent } from './snapshot.ts'

/** GET of one object: consistent, or with `resourceVersion` anything at least as new. */
export const get: Verb = (rest, context, entry) => {
  const { info } = context
  const { query } = info
  const revision = resourceVersionParameter(query, withoutReason)
  const answer = (snapshot: Snapshot): undefined | Promise<void> => {
    const found = snapshot.get(keyOf(entry, info.namespace, info.name))
    if (found === undefined) throw notFound(info, info.name)
    return respondEntry(rest, context, entry, found)
  }
  if (revision === 0) return answer(rest.cache.snapshot())
  const waiting = revision === undefined ? consistent(rest.cache) : atLeast(rest.cache, revision)
  return waiting.then(answer)
}
