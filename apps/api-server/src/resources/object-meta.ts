import { randomUUID } from 'node:crypto'
import type { KubeObject, ObjectMeta } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'

/** Sets what the system alone says of a new object. */
export function fillNewMeta(object: KubeObject, namespace: string, now: number): ObjectMeta {
  const meta: ObjectMeta = { ...object.metadata }
  delete meta.deletionTimestamp
  delete meta.deletionGracePeriodSeconds
  delete meta.selfLink
  delete meta.resourceVersion
  meta.uid = randomUUID()
  meta.creationTimestamp = formatTime(now)
  if (namespace !== '') meta.namespace = namespace
  else delete meta.namespace
  object.metadata = meta
  return meta
}

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
