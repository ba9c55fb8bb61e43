import { randomBytes, randomUUID } from 'node:crypto'
import type { KubeObject, ObjectMeta } from '@kubets/api-types'

/** Letters of generated names: none that make words or look alike (upstream's set). */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const maxNameLength = 63
const suffixLength = 5

/** A name from `generateName`: cut so that the suffix fits into a DNS label. */
export function generateName(base: string): string {
  const bytes = randomBytes(suffixLength)
  let suffix = ''
  for (const byte of bytes) suffix += alphabet[byte % alphabet.length]
  return base.slice(0, maxNameLength - suffixLength) + suffix
}

/** RFC 3339 in seconds, as Kubernetes writes times. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** Sets what the system alone says of a new object. */
export function fillNewMeta(object: KubeObject, namespace: string, now: number): ObjectMeta {
  const meta: ObjectMeta = { ...object.metadata }
  delete meta.deletionTimestamp
  delete meta.deletionGracePeriodSeconds
  delete meta.selfLink
  delete meta.resourceVersion
  delete meta.managedFields
  meta.uid = randomUUID()
  meta.creationTimestamp = timestamp(now)
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
  keep('creationTimestamp')
  keep('deletionTimestamp')
  keep('deletionGracePeriodSeconds')
  if (before.generation !== undefined) meta.generation = before.generation
  else delete meta.generation
  delete meta.selfLink
  delete meta.managedFields
  object.metadata = meta
  return meta
}
