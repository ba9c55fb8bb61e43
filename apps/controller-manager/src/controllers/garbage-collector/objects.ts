import type { KubeObject, OwnerReference } from '@kubets/api-types'
import { ApiError, isConflict, isNotFound } from '@kubets/apimachinery'
import type { Client, DeleteOptions } from '@kubets/client'
import { dropOwners } from '../../claim.ts'
import type { ServerResource, ServerResources } from '../../discovery/server-resources.ts'
import type { Identity } from './identity.ts'
import { sameReference } from './references.ts'

/** The server has no such kind, or not yet. */
export class UnknownKindError extends Error {
  override readonly name = 'UnknownKindError'
}

/** An object of the cluster names an owner that has a namespace: no retry will make that right. */
export class NamespacedOwnerError extends Error {
  override readonly name = 'NamespacedOwnerError'
}

const conflictRetries = 5

/** Reads and changes objects of any kind by what they are called; of an object nothing but metadata comes over the wire. */
export class Objects {
  readonly #client: Pick<Client, 'get' | 'patch' | 'delete'>
  readonly #resources: ServerResources

  constructor(client: Pick<Client, 'get' | 'patch' | 'delete'>, resources: ServerResources) {
    this.#client = client
    this.#resources = resources
  }

  /** @throws UnknownKindError */
  resource(apiVersion: string, kind: string): ServerResource {
    const resource = this.#resources.byKind(apiVersion, kind)
    if (resource === undefined) throw new UnknownKindError(`unable to get REST mapping for ${apiVersion}/${kind}.`)
    return resource
  }

  async get(identity: Identity, signal: AbortSignal): Promise<KubeObject> {
    const resource = this.resource(identity.apiVersion, identity.kind)
    if (resource.namespaced && identity.namespace === '')
      throw new NamespacedOwnerError('cluster-scoped objects cannot refer to namespaced owners')
    return this.#client.get(resource, this.#key(identity, resource), { metadataOnly: true, signal })
  }

  /** The object, or nothing when it is not there or another one has taken its name. */
  async getLive(identity: Identity, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      const object = await this.get(identity, signal)
      return object.metadata?.uid === identity.uid ? object : undefined
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /**
   * Deletes the object as it was read. If it has changed since, but not in its owners, it is deleted all the same: frequent updates
   * must not save it.
   */
  async delete(
    identity: Identity,
    read: KubeObject,
    propagationPolicy: NonNullable<DeleteOptions['propagationPolicy']>,
    signal: AbortSignal,
  ): Promise<void> {
    const resource = this.resource(identity.apiVersion, identity.kind)
    const key = this.#key(identity, resource)
    const { uid } = identity
    const resourceVersion = read.metadata?.resourceVersion
    const preconditions = resourceVersion === undefined ? { uid } : { uid, resourceVersion }
    try {
      await this.#client.delete(resource, key, { preconditions, propagationPolicy, signal })
    } catch (error) {
      if (!isConflict(error)) throw error
      const live = await this.get(identity, signal)
      const { metadata } = live
      if (metadata?.uid !== uid || metadata.resourceVersion === resourceVersion) throw error
      if (!sameOwners(metadata.ownerReferences, read.metadata?.ownerReferences)) throw error
      await this.#client.delete(resource, key, { preconditions: { uid }, propagationPolicy, signal })
    }
  }

  /** Takes owners away. */
  async dropOwners(identity: Identity, owners: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#patchOwners(identity, dropOwners(identity.uid, owners), signal, references =>
      references.filter(({ uid }) => !owners.includes(uid)),
    )
  }

  /** The object's owners need not wait for it any longer. */
  async unblockOwners(identity: Identity, owners: readonly OwnerReference[], signal: AbortSignal): Promise<void> {
    const blocking = owners.filter(reference => reference.blockOwnerDeletion === true)
    const unblocked = blocking.map(reference => ({ ...reference, blockOwnerDeletion: false }))
    const patch = { metadata: { uid: identity.uid, ownerReferences: unblocked } }
    await this.#patchOwners(identity, patch, signal, references =>
      references.map(reference => ({ ...reference, blockOwnerDeletion: false })),
    )
  }

  /** A strategic merge where the server knows how; custom resources get the whole list, as it was read. */
  async #patchOwners(
    identity: Identity,
    strategic: object,
    signal: AbortSignal,
    change: (references: readonly OwnerReference[]) => OwnerReference[],
  ): Promise<void> {
    const resource = this.resource(identity.apiVersion, identity.kind)
    const key = this.#key(identity, resource)
    try {
      await this.#client.patch(resource, key, 'strategic', strategic, { signal })
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 415) throw error
      const { metadata } = await this.get(identity, signal)
      const ownerReferences = change(metadata?.ownerReferences ?? [])
      const body = { metadata: { resourceVersion: metadata?.resourceVersion, uid: identity.uid, ownerReferences } }
      await this.#client.patch(resource, key, 'merge', body, { signal })
    }
  }

  async removeFinalizer(identity: Identity, finalizer: string, signal: AbortSignal): Promise<void> {
    const resource = this.resource(identity.apiVersion, identity.kind)
    for (let attempt = 1; ; attempt++) {
      const object = await this.get(identity, signal).catch(error => {
        if (isNotFound(error)) return undefined
        throw error
      })
      const { finalizers = [], resourceVersion } = object?.metadata ?? {}
      if (!finalizers.includes(finalizer)) return
      const left = finalizers.filter(other => other !== finalizer)
      try {
        const body = { metadata: { resourceVersion, finalizers: left } }
        await this.#client.patch(resource, this.#key(identity, resource), 'merge', body, { signal })
        return
      } catch (error) {
        if (isNotFound(error)) return
        if (!isConflict(error) || attempt >= conflictRetries) throw error
      }
    }
  }

  #key({ namespace, name }: Identity, { namespaced }: ServerResource) {
    return namespaced ? { namespace, name } : { name }
  }
}

function sameOwners(a: readonly OwnerReference[] = [], b: readonly OwnerReference[] = []): boolean {
  return a.length === b.length && a.every((reference, i) => sameReference(reference, b[i] as OwnerReference))
}
