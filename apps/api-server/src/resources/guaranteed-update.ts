import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import { conflict } from '@kubets/apimachinery'
import type { KeyValue } from '@kubets/storage'
import { largeObject } from '../handlers/request-turns.ts'
import type { AnswerAhead } from './answer-ahead.ts'
import { type Finish, hookName } from './hooks.ts'
import type { Rest, Stored, StoredBytes } from './rest.ts'

/** What an update wants. */
export type Wanted =
  /** Store this. */
  | {
      do: 'put'
      object: KubeObject
      lease?: bigint
      /** Ends what a hook began for it. */
      finish?: Finish
    }
  /** Take it out of the store; `first` is its last state, stored before; `answer` is what the client is shown (default: the last state). */
  | { do: 'delete'; first?: KubeObject; answer?: KubeObject }
  /** Leave it as it is. */
  | { do: 'nothing' }

export interface Outcome {
  readonly wanted: Wanted['do']
  /** The object's bytes after the write; of the last state for a delete. */
  readonly bytes: Uint8Array
  /** What the bytes were encoded from, if they were in this write. */
  readonly object?: KubeObject
  readonly revision: number
  readonly created: boolean
  /** What {@link UpdateOptions.ahead} gave. */
  readonly ahead?: AnswerAhead | undefined
}

export interface UpdateOptions {
  key: string
  /** Upstream's name for the object in conflicts. */
  about: { group: string; resource: string; name: string }
  dryRun: boolean
  /** The change leaves the spec alone, or knows how to change it unread: perhaps it is not even read (`unread-spec.ts`). */
  leavesSpec?: boolean
  /**
   * Makes the new state from the present one (undefined: there is none). Called again when somebody else wrote in
   * between, unless it was told by {@link Stored.modRevision} which state it must be: then it throws the conflict itself.
   */
  change(current: Stored | undefined): Wanted | Promise<Wanted>
  /** Begins with the answer while the store commits. */
  ahead?(bytes: Uint8Array, object: KubeObject): AnswerAhead | undefined
}

/** More than this many writers in a row came first: the object is too hot, and the client is told to try again. */
const maxAttempts = 64

/**
 * Read, change, write if nobody else did. The first reading comes from the cache; what was refused on it, or seems to change nothing,
 * is looked at again on the store's own state, which may be newer.
 */
export function guaranteedUpdate(rest: Rest, entry: ResourceEntry, options: UpdateOptions): Promise<Outcome> {
  return rest.queues.run(options.key, async line => {
    const outcome = await attempt(rest, entry, options, line.latest)
    line.latest =
      outcome.wanted === 'delete' || options.dryRun
        ? undefined
        : { bytes: outcome.bytes, modRevision: outcome.revision }
    return outcome
  })
}

async function attempt(
  rest: Rest,
  entry: ResourceEntry,
  options: UpdateOptions,
  latest: StoredBytes | undefined,
): Promise<Outcome> {
  const { key } = options
  const cached = newer(latest, rest.cache.get(key))
  let current: StoredBytes | undefined = cached ?? (await read(rest, key))
  let fresh = cached === undefined
  for (let round = 0; round < maxAttempts; round++) {
    const before = current === undefined ? undefined : stored(rest, entry, current, options.leavesSpec)
    let wanted: Wanted
    try {
      if (before !== undefined && before.bytes.length >= largeObject) await rest.requests.enter()
      wanted = await options.change(before)
      if (before !== undefined && before.bytes.length >= largeObject) await rest.requests.enter()
    } catch (error) {
      if (fresh) throw error
      current = await read(rest, key)
      fresh = true
      // the cache was up to date: the refusal stands
      if (current?.modRevision === before?.modRevision) throw error
      continue
    }
    let unchanged = false
    if (wanted.do === 'put') {
      const bytes = rest.codec.encode(entry, wanted.object)
      // what is encrypted under an older key is written anew although it says the same; only the store itself tells
      if (before !== undefined && same(bytes, before.bytes) && !(current?.stale && !options.dryRun)) {
        await wanted.finish?.(false)
        wanted = { do: 'nothing' }
        unchanged = true
      } else {
        if (options.dryRun) await wanted.finish?.(false)
        const { object } = wanted
        if (options.dryRun)
          return { wanted: 'put', bytes, object, revision: before?.modRevision ?? 0, created: before === undefined }
        rest.written.note(entry, key, bytes, object)
        const writing = rest.store.put({
          key,
          value: bytes,
          expected: before?.modRevision ?? 0,
          ...(wanted.lease === undefined ? {} : { lease: wanted.lease }),
        })
        const ahead = options.ahead?.(bytes, object)
        const written = await writing
        // a store that fails has perhaps written it: then nothing is given back, and the repair loops look
        await wanted.finish?.(written.ok)
        if (written.ok)
          return { wanted: 'put', bytes, object, revision: written.revision, created: before === undefined, ahead }
        ahead?.drop()
        current = fromKeyValue(written.current)
        fresh = true
        continue
      }
    }
    if (before === undefined) throw new Error('an update that wants nothing of nothing')
    if (wanted.do === 'delete') {
      const done = await remove(rest, entry, options, before, wanted)
      if ('outcome' in done) return done.outcome
      current = done.current
      fresh = true
      continue
    }
    if (fresh) return { wanted: 'nothing', bytes: before.bytes, revision: before.modRevision, created: false }
    current = await read(rest, key)
    fresh = true
    if (current?.modRevision === before.modRevision && !(unchanged && current.stale && !options.dryRun))
      return { wanted: 'nothing', bytes: before.bytes, revision: before.modRevision, created: false }
  }
  throw conflict(options.about, options.about.name)
}

/** Takes an object out of the store: the outcome, or the state that somebody else left behind. */
async function remove(
  rest: Rest,
  entry: ResourceEntry,
  { key, dryRun }: UpdateOptions,
  before: Stored,
  { first, answer }: Extract<Wanted, { do: 'delete' }>,
): Promise<{ outcome: Outcome } | { current: StoredBytes | undefined }> {
  const last = first === undefined ? before.bytes : rest.codec.encode(entry, first)
  const outcome = (revision: number) => ({
    outcome:
      answer === undefined
        ? ({ wanted: 'delete', bytes: last, revision, created: false } as const)
        : ({
            wanted: 'delete',
            bytes: rest.codec.encode(entry, answer),
            revision: before.modRevision,
            created: false,
          } as const),
  })
  if (dryRun) return outcome(before.modRevision)
  let expected = before.modRevision
  if (first !== undefined && !same(last, before.bytes)) {
    const marked = await rest.store.put({ key, value: last, expected })
    if (!marked.ok) return { current: fromKeyValue(marked.current) }
    expected = marked.revision
  }
  const deleted = await rest.store.delete({ key, expected })
  if (!deleted.ok) return { current: fromKeyValue(deleted.current) }
  await rest.hooks.get(hookName(entry))?.afterDelete?.(before.object)
  return outcome(deleted.revision)
}

function newer(a: StoredBytes | undefined, b: StoredBytes | undefined): StoredBytes | undefined {
  if (a === undefined || b === undefined) return b ?? a
  return a.modRevision > b.modRevision ? a : b
}

async function read(rest: Rest, key: string): Promise<StoredBytes | undefined> {
  return fromKeyValue((await rest.store.get(key)).kv)
}

/** Throws what a value cannot be opened for. */
const fromKeyValue = (kv: KeyValue | undefined): StoredBytes | undefined =>
  kv === undefined ? undefined : { bytes: kv.value, modRevision: kv.modRevision, stale: kv.stale === true }

function stored(
  rest: Rest,
  entry: ResourceEntry,
  { bytes, modRevision, fields }: StoredBytes,
  leavesSpec = false,
): Stored {
  const object = leavesSpec
    ? rest.codec.decodeWithoutSpec(entry, bytes, fields)
    : rest.codec.decodeForWrite(entry, bytes)
  object.metadata = { ...object.metadata, resourceVersion: String(modRevision) }
  return { object, bytes, modRevision }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}
