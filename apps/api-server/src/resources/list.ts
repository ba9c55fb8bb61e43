import type { ResourceEntry } from '@kubets/api-types'
import { badRequest, expired } from '@kubets/apimachinery'
import { type Entry, ExpiredError, prefixEnd, type Snapshot, type Stretch } from '@kubets/storage'
import type { RequestContext } from '../handlers/request-context.ts'
import { candidates, prepareIndex, type Where } from './candidates.ts'
import { type ContinueToken, continueAfter, decodeContinue, encodeContinue } from './continue-token.ts'
import { pageOfHistory } from './history.ts'
import { type ListOptions, listOptions } from './list-options.ts'
import type { ListTurns } from './list-turns.ts'
import { respondList } from './list-writer.ts'
import { resourceVersionParameter } from './query.ts'
import { prefixOf, type Rest, type Verb } from './rest.ts'
import { type Selection, selection } from './selection.ts'
import { atLeast, consistent, exactly } from './snapshot.ts'
import type { ListMeta } from './table.ts'
import { refuseUnreadable } from './unreadable.ts'

/** A page of a list: what matches, from one revision. */
export interface Page {
  readonly entries: readonly Entry[]
  /** The same entries as they stand in the cache, where nothing between them was left out. */
  readonly stretches?: readonly Stretch[]
  readonly metadata: ListMeta
}

export const list: Verb = async (rest, context, entry) => {
  const page = await readPage(rest, context, entry)
  return respondList(rest, context, entry, page)
}

/** Reads what a LIST asks for. */
export async function readPage(rest: Rest, context: RequestContext, entry: ResourceEntry): Promise<Page> {
  const { info } = context
  const options = listOptions(info.query, 'list')
  const chosen = selection(entry, info)
  const prefix = prefixOf(entry, info.namespace)
  const token = options.continue === undefined ? undefined : decodeContinue(options.continue, prefix)
  if (token !== undefined && options.resourceVersion !== undefined && options.resourceVersion !== '0')
    throw badRequest('specifying resource version is not allowed when using continue')
  const paged = options.limit > 0 && options.resourceVersion !== '0'
  const inPages = paged || token !== undefined || info.verb === 'deletecollection'
  refuseUnreadable(rest, entry, inPages ? { from: 'the store', prefix } : { from: 'the cache' })
  const where = { kind: entry.storagePrefix, prefix, start: token?.start ?? prefix }
  await prepareIndex(rest, where, chosen)
  const exact = exactRevision(info.query, options, token)
  if (exact !== undefined) {
    try {
      const snapshot = await exactly(rest.cache, exact)
      return await collectPage(rest.turns, snapshot, where, chosen, options.limit)
    } catch (error) {
      if (!(error instanceof ExpiredError)) throw error
      const page = await pageOfHistory(rest, { ...where, revision: exact, limit: options.limit }, chosen)
      if (page !== undefined) return page
      throw token === undefined ? expired(error.message) : expiredPage(token, prefix)
    }
  }
  const snapshot = await snapshotFor(rest, entry, info.query, token)
  // what is answered from memory, whatever its age, is answered whole
  const limit = options.resourceVersion === '0' && token === undefined ? 0 : options.limit
  return collectPage(rest.turns, snapshot, where, chosen, limit)
}

/** The revision that is asked for exactly, by a token or by the parameters. */
function exactRevision(
  query: URLSearchParams,
  options: ListOptions,
  token: ContinueToken | undefined,
): number | undefined {
  if (token !== undefined) return token.revision < 0 ? undefined : token.revision
  const revision = resourceVersionParameter(query)
  if (revision === undefined || revision === 0) return undefined
  // without resourceVersionMatch a limited list at a revision is exact: upstream's legacy rule
  return options.match === 'Exact' || (options.match === undefined && options.limit > 0) ? revision : undefined
}

async function snapshotFor(
  rest: Rest,
  entry: ResourceEntry,
  query: URLSearchParams,
  token: ContinueToken | undefined,
): Promise<Snapshot> {
  const revision = token === undefined ? resourceVersionParameter(query) : undefined
  if (revision === undefined) return consistent(rest.cache)
  return revision === 0 ? rest.cache.snapshot() : atLeast(rest.cache, revision, entry)
}

/** The page's revision is gone; the client may go on from the same key at today's revision, and is told so. */
function expiredPage(token: ContinueToken, prefix: string) {
  const error = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
  )
  error.status.metadata = { continue: encodeContinue({ revision: -1, start: token.start }, prefix) }
  return error
}

/** So many entries are asked between two looks at the time. */
const askedAtOnce = 1_024

async function collectPage(
  turns: ListTurns,
  snapshot: Snapshot,
  where: Where,
  chosen: Selection,
  limit: number,
): Promise<Page> {
  const { prefix, start } = where
  const entries: Entry[] = []
  const metadata: ListMeta = { resourceVersion: String(snapshot.revision) }
  if (chosen.key !== undefined) {
    const one = snapshot.get(chosen.key)
    if (one !== undefined && one.key >= start && chosen.matches(one)) entries.push(one)
    return { entries, metadata }
  }
  if (chosen.everything) return collectAll(snapshot, prefix, start, limit)
  let asked = 0
  for (const entry of candidates(snapshot, where, chosen)) {
    if (++asked % askedAtOnce === 0 && turns.over) await turns.next()
    if (!chosen.matches(entry)) continue
    if (limit > 0 && entries.length === limit) {
      // a selector's remainder is not known without reading on: left out, as upstream does
      metadata.continue = continueAfter(snapshot.revision, (entries.at(-1) as Entry).key, prefix)
      break
    }
    entries.push(entry)
  }
  return { entries, metadata }
}

function collectAll(snapshot: Snapshot, prefix: string, start: string, limit: number): Page {
  const end = prefixEnd(prefix)
  const stretches: Stretch[] = []
  const metadata: ListMeta = { resourceVersion: String(snapshot.revision) }
  let count = 0
  for (const whole of snapshot.stretches(start, end)) {
    const room = limit > 0 ? limit - count : whole.entries.length
    const stretch = room < whole.entries.length ? whole.first(room) : whole
    if (room > 0) stretches.push(stretch)
    count += stretch.entries.length
    if (stretch === whole) continue
    const last = (stretches.at(-1) as Stretch).entries.at(-1) as Entry
    metadata.continue = continueAfter(snapshot.revision, last.key, prefix)
    metadata.remainingItemCount = snapshot.count((whole.entries[room] as Entry).key, end)
    break
  }
  return new WholePage(stretches, metadata)
}

/** Nothing was left out. Its entries are put one behind the other only for who goes through them: compressed lists look at the stretches. */
class WholePage implements Page {
  readonly stretches: readonly Stretch[]
  readonly metadata: ListMeta
  #entries: readonly Entry[] | undefined

  constructor(stretches: readonly Stretch[], metadata: ListMeta) {
    this.stretches = stretches
    this.metadata = metadata
  }

  get entries(): readonly Entry[] {
    this.#entries ??= this.stretches.flatMap(({ entries }) => entries)
    return this.#entries
  }
}
