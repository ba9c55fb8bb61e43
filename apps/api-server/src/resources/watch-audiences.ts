import type { ResourceEntry } from '@kubets/api-types'
import type { CacheEvent, Entry } from '@kubets/storage'
import type { RequestInfo } from '../handlers/request-info.ts'
import type { Representation } from './representation.ts'
import type { Frames } from './watch-frames.ts'

/** Which events a watcher gets, and how they look to it. */
export interface Audience {
  readonly frames: Frames
  /** Undefined: everything matches. */
  readonly matches: ((entry: Entry) => boolean) | undefined
}

/** What its watchers are told of an event: those with a selector, that an object which stops matching is deleted, and one that begins to is added. */
export function frameFor({ frames, matches }: Audience, event: CacheEvent): Uint8Array | undefined {
  if (matches === undefined) return frames.event(event)
  const after = event.type !== 'DELETED' && matches(event.entry)
  const before =
    event.previous !== undefined ? matches(event.previous) : event.type === 'DELETED' && matches(event.entry)
  if (after) return before ? frames.event(event) : frames.as('ADDED', event, event.entry)
  if (!before) return undefined
  // the body is the one that still matched, at the revision of the change
  return event.type === 'DELETED' ? frames.event(event) : frames.as('DELETED', event, event.previous ?? event.entry)
}

interface Shared {
  readonly audience: Audience
  watchers: number
}

/** What all have in common who ask for the same: an event to thousands of them finds it in the processor's cache. */
export class Audiences {
  readonly #open = new Map<ResourceEntry, Map<string, Shared>>()

  /** Of all kinds. */
  get size(): number {
    let size = 0
    for (const named of this.#open.values()) size += named.size
    return size
  }

  /** Whoever joins leaves. */
  join(entry: ResourceEntry, name: string, make: () => Audience): Audience {
    let named = this.#open.get(entry)
    if (named === undefined) {
      named = new Map()
      this.#open.set(entry, named)
    }
    let shared = named.get(name)
    if (shared === undefined) {
      shared = { audience: make(), watchers: 0 }
      named.set(name, shared)
    }
    shared.watchers++
    return shared.audience
  }

  leave(entry: ResourceEntry, name: string): void {
    const named = this.#open.get(entry)
    const shared = named?.get(name)
    if (named === undefined || shared === undefined || --shared.watchers > 0) return
    named.delete(name)
    if (named.size === 0) this.#open.delete(entry)
  }
}

/** Names what decides over the events of a kind and how they look; undefined for forms whose frames are made for one watcher. */
export function audienceName(info: RequestInfo, form: Representation): string | undefined {
  if (form.encoding !== 'protobuf' && (form.encoding !== 'json' || form.as !== 'Object')) return undefined
  const { query, namespace, name } = info
  const asked = [query.get('labelSelector'), query.get('fieldSelector'), namespace, name]
  return JSON.stringify([form.encoding, form.as, form.version, ...asked])
}
