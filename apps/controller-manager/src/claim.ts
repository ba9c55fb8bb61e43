import type { KubeObject, OwnerReference } from '@kubets/api-types'
import { isInvalid, isNotFound, type LabelSelector } from '@kubets/apimachinery'
import type { Client, ObjectKey, ResourceRef } from '@kubets/client'
import { controllerReference } from './owners.ts'

/** What decides whether an object belongs to a controller object. */
export interface Claimable {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  readonly controller: OwnerReference | undefined
  readonly deleting: boolean
}

export interface ClaimOptions {
  client: Pick<Client, 'get' | 'patch'>
  /** The object that owns, of `ownerRef`'s collection. */
  owner: KubeObject
  ownerRef: ResourceRef
  apiVersion: string
  /** The collection of the claimed objects. */
  ref: ResourceRef
  selector: LabelSelector
  /** What an object gets when it is adopted, and loses when it is released. */
  finalizer?: string
  signal: AbortSignal
}

/**
 * The objects that belong to `owner`: those it controls and selects. Orphans that it selects are adopted, what it controls but no
 * longer selects is released. Throws after all have been tried when one of these could not be done.
 */
export async function claim<T extends Claimable>(options: ClaimOptions, objects: readonly T[]): Promise<T[]> {
  const { client, owner, ownerRef, ref, selector, apiVersion, signal } = options
  const { uid = '', namespace = '', name = '', deletionTimestamp } = owner.metadata ?? {}
  const ending = (deletionTimestamp ?? '') !== ''
  let recheck: Promise<void> | undefined
  const claimed: T[] = []
  const errors: unknown[] = []
  for (const object of objects) {
    const key = { namespace: object.namespace, name: object.name }
    const matches = selector.matches(object.labels)
    try {
      if (object.controller !== undefined) {
        if (object.controller.uid !== uid) continue
        if (matches) claimed.push(object)
        else if (!ending) await release(options, key, object.uid, uid)
      } else if (matches && !ending && !object.deleting && object.namespace === namespace) {
        // our copy of the owner may be old: one that is being deleted adopts nothing
        recheck ??= stillThere(client, ownerRef, owner, signal)
        await recheck.catch((cause: Error) => {
          const what = `${ref.kind} ${object.namespace}/${object.name} (${object.uid})`
          throw new Error(`can't adopt ${what}: ${cause.message}`, { cause })
        })
        const reference = controllerReference(owner, apiVersion, ownerRef.kind)
        // the uid is a precondition: a namesake that came meanwhile is another object
        const finalizers = options.finalizer === undefined ? {} : { finalizers: [options.finalizer] }
        const body = { metadata: { ownerReferences: [reference], uid: object.uid, ...finalizers } }
        await client.patch(ref, key, 'strategic', body, { signal })
        claimed.push(object)
      }
    } catch (error) {
      if (!isNotFound(error)) errors.push(error)
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 0)
    throw new AggregateError(errors, `${errors.length} objects of ${ownerRef.kind} ${namespace}/${name} not claimed`)
  return claimed
}

async function stillThere(
  client: Pick<Client, 'get'>,
  ref: ResourceRef,
  owner: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', name = '', uid = '' } = owner.metadata ?? {}
  const fresh = await client.get<KubeObject>(ref, { namespace, name }, { metadataOnly: true, signal })
  const now = fresh.metadata
  if (now?.uid !== uid)
    throw new Error(`original ${ref.kind} ${namespace}/${name} is gone: got uid ${now?.uid}, wanted ${uid}`)
  if (now.deletionTimestamp) throw new Error(`${namespace}/${name} has just been deleted at ${now.deletionTimestamp}`)
}

async function release(
  { client, ref, finalizer, signal }: ClaimOptions,
  key: ObjectKey,
  uid: string,
  ownerUid: string,
): Promise<void> {
  const { metadata } = dropOwners(uid, [ownerUid])
  const finalizers = finalizer === undefined ? {} : { '$deleteFromPrimitiveList/finalizers': [finalizer] }
  try {
    await client.patch(ref, key, 'strategic', { metadata: { ...metadata, ...finalizers } }, { signal })
  } catch (error) {
    // gone, or another object by now, or without owner references
    if (!isNotFound(error) && !isInvalid(error)) throw error
  }
}

/** The strategic merge patch that takes owners away from the object with this uid. */
export function dropOwners(uid: string, owners: readonly string[]) {
  return { metadata: { uid, ownerReferences: owners.map(owner => ({ $patch: 'delete', uid: owner })) } }
}
