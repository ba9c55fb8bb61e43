import { randomUUID } from 'node:crypto'
import type { KubeObject, ObjectMeta } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'

/** Sets what the system alone says of a new object. */
export function fillNewMeta(object: KubeObject, namespace: string, now: number): ObjectMeta {
  clearNewMeta(object, namespace)
  return identifyNew(object, now)
}

/** Takes away what creators do not decide, before admission sees it. */
export function clearNewMeta(object: KubeObject, namespace: string): void {
  const meta: ObjectMeta = { ...object.metadata }
  for (const name of notGiven) if (meta[name] !== undefined) delete meta[name]
  // every client in Go sends null, which says nothing
  if (typeof meta.creationTimestamp === 'string') delete meta.creationTimestamp
  if (namespace !== '') meta.namespace = namespace
  else if (meta.namespace !== undefined) delete meta.namespace
  object.metadata = meta
}

/** What makes it an object of its own; whatever admission has put there instead goes. */
export function identifyNew(object: KubeObject, now: number): ObjectMeta {
  object.metadata ??= {}
  const meta = object.metadata
  meta.uid = randomUUID()
  meta.creationTimestamp = formatTime(now)
  return meta
}

/** Only deleted where it is there: an object that something was deleted from is read slowly. */
const notGiven = ['uid', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'resourceVersion'] as const

/** What an update may leave out and thereby means as it was. */
export function inheritMeta(object: KubeObject, old: KubeObject): ObjectMeta {
  const meta: ObjectMeta = { ...object.metadata }
  const before = old.metadata ?? {}
  const keep = <K extends keyof ObjectMeta>(name: K) => {
    if ((meta[name] === undefined || meta[name] === '' || meta[name] === null) && before[name] !== undefined)
      meta[name] = before[name]
  }
  keep('uid')
  // these are the server's: whatever is sent, they stay
  if (before.creationTimestamp !== undefined) meta.creationTimestamp = before.creationTimestamp
  if (before.deletionTimestamp !== undefined) meta.deletionTimestamp = before.deletionTimestamp
  keep('deletionGracePeriodSeconds')
  if (meta.resourceVersion === '0') delete meta.resourceVersion
  keep('resourceVersion')
  if (before.generation !== undefined) meta.generation = before.generation
  else delete meta.generation
  delete meta.selfLink
  object.metadata = meta
  return meta
}
