import { randomUUID } from 'node:crypto'
import type { KubeObject, ObjectMeta } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'

/** Sets what the system alone says of a new object. */
export function fillNewMeta(object: KubeObject, namespace: string, now: number): ObjectMeta {
  const meta: ObjectMeta = { ...object.metadata }
  for (const name of notGiven) if (meta[name] !== undefined) delete meta[name]
  meta.uid = randomUUID()
  meta.creationTimestamp = formatTime(now)
  if (namespace !== '') meta.namespace = namespace
  else if (meta.namespace !== undefined) delete meta.namespace
  object.metadata = meta
  return meta
}

/** What creators do not decide. Only deleted where it is there: an object that something was deleted from is read slowly. */
const notGiven = ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'resourceVersion'] as const

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
