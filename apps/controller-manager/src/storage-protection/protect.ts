import type { KubeObject } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import type { ResourceRef } from '@kubets/client'
import type { ControllerClient } from '../context.ts'

/** One object that is not to go while it is used. */
export interface Protection {
  readonly client: ControllerClient
  readonly ref: ResourceRef
  /** `kubernetes.io/pvc-protection`, … */
  readonly finalizer: string
  readonly signal: AbortSignal
  /** Asked only of what is being deleted. */
  isUsed(): boolean | Promise<boolean>
}

type Meta = Pick<KubeObject, 'metadata'>

const isDeleted = ({ metadata }: Meta) => (metadata?.deletionTimestamp ?? '') !== ''
const hasFinalizer = ({ metadata }: Meta, finalizer: string) => metadata?.finalizers?.includes(finalizer) ?? false

/** Whether there is anything to do: a deleted object has the finalizer still, or another one lacks it. Pure. */
export const needsProtection = (object: Meta, finalizer: string): boolean =>
  isDeleted(object) === hasFinalizer(object, finalizer)

/** Lets a deleted object go once nobody uses it. One from before the admission plugin was on gets its finalizer. */
export async function protect(
  { client, ref, finalizer, signal, isUsed }: Protection,
  object: KubeObject,
): Promise<undefined> {
  if (!needsProtection(object, finalizer)) return undefined
  const others = (object.metadata?.finalizers ?? []).filter(name => name !== finalizer)
  const deleted = isDeleted(object)
  if (deleted && (await isUsed())) return undefined
  const finalizers = deleted ? others : [...others, finalizer]
  try {
    await client.update(ref, { ...object, metadata: { ...object.metadata, finalizers } }, { signal })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  return undefined
}
