import type { Catalogue, KubeObject, ResourceEntry, Schemas } from '@kubets/api-types'
import type { Clock, Logger } from '@kubets/component'
import type { Describe, Entry, KeyValueStore, WatchCache } from '@kubets/storage'
import type { Admission } from '../admission/admission.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import type { RequestTurns } from '../handlers/request-turns.ts'
import type { ValidationThread } from '../validation/index.ts'
import type { ChunkPool } from './chunked-body.ts'
import type { Codec } from './codec.ts'
import type { EventLeases } from './event-leases.ts'
import type { FanOut } from './fan-out.ts'
import type { SegmentsUnderWay } from './gzip-segments.ts'
import type { WriteHook } from './hooks.ts'
import type { KeyQueues } from './key-queues.ts'
import type { ListTurns } from './list-turns.ts'
import type { Audiences } from './watch-audiences.ts'
import type { WatchGroups } from './watch-groups.ts'
import type { WatchTicker } from './watch-ticker.ts'
import type { WrittenObjects } from './written-objects.ts'

/** What the verbs work with. */
export interface Rest {
  readonly catalogue: Catalogue
  readonly store: KeyValueStore
  readonly cache: WatchCache
  /** What the cache notes of stored bytes. */
  readonly describe: Describe
  readonly schemas: Schemas
  readonly codec: Codec
  readonly admission: Admission
  /** By {@link hookName}. */
  readonly hooks: ReadonlyMap<string, WriteHook>
  readonly leases: EventLeases
  readonly ticker: WatchTicker
  readonly fanOut: FanOut
  readonly audiences: Audiences
  readonly groups: WatchGroups
  readonly written: WrittenObjects
  readonly chunks: ChunkPool
  readonly turns: ListTurns
  readonly requests: RequestTurns
  readonly segments: SegmentsUnderWay
  readonly queues: KeyQueues
  /** For objects that take long to validate. */
  readonly validation: ValidationThread
  readonly clock: Clock
  readonly logger: Logger
  /** Default life of a watch, seconds: each one gets between this and twice as much. */
  readonly minRequestTimeout: number
}

/** One verb of one kind. */
export type Verb = (rest: Rest, context: RequestContext, entry: ResourceEntry) => undefined | Promise<void>

/** The store's key of one object. */
export function keyOf(entry: ResourceEntry, namespace: string, name: string): string {
  return entry.namespaced ? `${entry.storagePrefix}${namespace}/${name}` : entry.storagePrefix + name
}

/** The keys of a list or watch. */
export function prefixOf(entry: ResourceEntry, namespace: string): string {
  return entry.namespaced && namespace !== '' ? `${entry.storagePrefix}${namespace}/` : entry.storagePrefix
}

/** An object as stored, with the revision it was read at. */
export interface Stored<T extends KubeObject = KubeObject> {
  readonly object: T
  readonly bytes: Uint8Array
  readonly modRevision: number
}

/** `fields`: of the watch cache's entries. */
export type StoredBytes = Pick<Entry, 'bytes' | 'modRevision'> &
  Partial<Pick<Entry, 'fields'>> & {
    /** Encrypted under an older key. Told where it was read from the store itself. */
    readonly stale?: boolean
  }
