import type { KubeObject, Namespace, ResourceEntry } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import type { DeleteOptions } from './delete-options.ts'

/** What a delete makes of an object. */
export type Deletion =
  /** It is being deleted already, and no faster for this. */
  | { readonly do: 'nothing' }
  /** It stays until its grace period is over or its finalizers are gone. */
  | { readonly do: 'put'; readonly object: KubeObject }
  /** It goes at once; `first` is stored before where the kind has grace periods, so that watchers see it marked. */
  | { readonly do: 'delete'; readonly first?: KubeObject }

const orphan = 'orphan'
const foreground = 'foregroundDeletion'

type How = Pick<DeleteOptions, 'gracePeriodSeconds' | 'propagationPolicy' | 'orphanDependents'>

/** Begins the end of an object: upstream's BeforeDelete and the finalizers of the garbage collector. Pure. */
export function beginDeletion(entry: ResourceEntry, object: KubeObject, how: How, now: number): Deletion {
  if (entry.group === '' && entry.resource === 'namespaces' && !isEmptied(object))
    return beginNamespaceDeletion(object, how, now)
  const meta = { ...object.metadata } as Meta
  const graceful = begin(entry, object, meta, how, now)
  if (graceful === 'pending') return { do: 'nothing' }
  setFinalizers(meta, garbageFinalizers(entry, meta.finalizers ?? [], how))
  const marked = { ...object, metadata: meta } as KubeObject
  const held = (meta.finalizers ?? []).length > 0
  if (graceful === 'graceful')
    return held || meta.deletionGracePeriodSeconds !== 0
      ? { do: 'put', object: marked }
      : { do: 'delete', first: marked }
  if (!held) return { do: 'delete' }
  mark(meta, now)
  return { do: 'put', object: marked }
}

/** As {@link beginDeletion}, for one object: a kind may have something to do before. */
export function beginOwnDeletion(entry: ResourceEntry, object: KubeObject, how: How, now: number): Deletion {
  const { beginDelete } = entry.strategy
  if (beginDelete === undefined || !beginsItself(entry, object)) return beginDeletion(entry, object, how, now)
  return { do: 'put', object: beginDelete(object, now) }
}

/** Whether the next delete of the object is the kind's own. */
export const beginsItself = ({ strategy }: ResourceEntry, { metadata }: KubeObject): boolean =>
  strategy.beginDelete !== undefined && (metadata?.deletionTimestamp ?? '') === ''

/** Metadata whose time may be written as text. */
type Meta = Omit<NonNullable<KubeObject['metadata']>, 'deletionTimestamp'> & { deletionTimestamp?: string }

/** The grace period of kinds that have one: written into the metadata; a second delete may only shorten it. */
function begin(
  entry: ResourceEntry,
  object: KubeObject,
  meta: Meta,
  { gracePeriodSeconds }: How,
  now: number,
): 'graceful' | 'at once' | 'pending' {
  const { gracePeriod } = entry.strategy
  if (gracePeriod === undefined) return 'at once'
  // negative ones mean a second
  const requested = gracePeriodSeconds !== undefined && gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds
  if ((meta.deletionTimestamp ?? '') === '') {
    const seconds = gracePeriod(object, requested)
    raiseGeneration(meta)
    meta.deletionTimestamp = formatTime(now + seconds * 1000)
    meta.deletionGracePeriodSeconds = seconds
    return 'graceful'
  }
  const left = meta.deletionGracePeriodSeconds ?? 0
  // what a crash between the two writes left behind
  if (left === 0) return 'at once'
  if (requested === undefined || requested >= left) return 'pending'
  const until = Date.parse(meta.deletionTimestamp ?? '') + (requested - left) * 1000
  meta.deletionTimestamp = formatTime(Math.max(until, now))
  // its time is over: whoever ends it still gets to see that
  meta.deletionGracePeriodSeconds = until < now && requested !== 0 ? 1 : requested
  return 'graceful'
}

function mark(meta: Meta, now: number): void {
  const before = meta.deletionTimestamp ?? ''
  if (before === '') raiseGeneration(meta)
  if (before === '' || Date.parse(before) > now) meta.deletionTimestamp = formatTime(now)
  meta.deletionGracePeriodSeconds = 0
}

/** A change of the desired state: its observers compare generations. */
function raiseGeneration(meta: Meta): void {
  if (meta.generation !== undefined && meta.generation > 0) meta.generation++
}

function setFinalizers(meta: Meta, finalizers: readonly string[]): void {
  if (finalizers.length > 0) meta.finalizers = [...finalizers]
  else delete meta.finalizers
}

/** The garbage collector's two finalizers as the options, the object and the kind want them, in that order. The others stay. */
function garbageFinalizers(entry: ResourceEntry, present: readonly string[], how: How): readonly string[] {
  const orphans = wants(how, orphan) ?? standing(present, orphan) ?? entry.defaultPropagation === 'Orphan'
  const waits = wants(how, foreground) ?? standing(present, foreground) ?? false
  const collected = entry.defaultPropagation !== 'Unsupported'
  const wanted = [
    ...present.filter(f => f !== orphan && f !== foreground),
    ...(collected && orphans ? [orphan] : []),
    ...(collected && waits ? [foreground] : []),
  ]
  const same = wanted.length === new Set(present).size && wanted.every(f => present.includes(f))
  return same ? present : wanted
}

/** What the options say of a finalizer; undefined when they say nothing. */
function wants({ orphanDependents, propagationPolicy }: How, finalizer: string): boolean | undefined {
  if (orphanDependents !== undefined) return finalizer === orphan && orphanDependents
  if (propagationPolicy === undefined) return undefined
  return propagationPolicy === (finalizer === orphan ? 'Orphan' : 'Foreground')
}

/** The first of the two that stands on the object decides for both. */
function standing(present: readonly string[], finalizer: string): boolean | undefined {
  const first = present.find(f => f === orphan || f === foreground)
  return first === undefined ? undefined : first === finalizer
}

/** A namespace that waits for nothing of its own: it ends like any other object. */
const isEmptied = (object: KubeObject): boolean =>
  (object.metadata?.deletionTimestamp ?? '') !== '' && ((object as Namespace).spec?.finalizers ?? []).length === 0

/** A namespace is Terminating until its spec has no finalizers; the namespace controller takes them away when it is empty. */
function beginNamespaceDeletion(object: KubeObject, how: How, now: number): Deletion {
  const namespace = object as Namespace
  const finalizers = namespace.metadata?.finalizers ?? []
  if ((namespace.metadata?.deletionTimestamp ?? '') !== '') return { do: 'nothing' }
  const meta = { ...namespace.metadata, deletionTimestamp: formatTime(now) } as Meta
  const { orphanDependents } = how
  const orphans = wants(how, orphan) ?? finalizers.includes(orphan)
  // upstream reads the legacy `orphanDependents: false` of a namespace as Foreground
  const waits =
    orphanDependents === undefined ? (wants(how, foreground) ?? finalizers.includes(foreground)) : !orphanDependents
  setFinalizers(meta, [
    ...finalizers.filter(f => (f !== orphan || orphans) && (f !== foreground || waits)),
    ...(orphans && !finalizers.includes(orphan) ? [orphan] : []),
    ...(waits && !finalizers.includes(foreground) ? [foreground] : []),
  ])
  return {
    do: 'put',
    object: { ...namespace, metadata: meta, status: { ...namespace.status, phase: 'Terminating' } } as KubeObject,
  }
}
