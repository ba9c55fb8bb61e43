import type { Catalogue, PersistentVolume, Pod, VolumeAttachment } from '@kubets/api-types'
import type { Entry, WatchCache } from '@kubets/storage'
import { CacheFollower, objectOf } from '../follow-cache.ts'
import { mayReferToMore, type PodReference, podReferences } from './pod-references.ts'
import { type VolumeReferences, volumeReferences } from './volume-references.ts'

interface HeldPod {
  readonly node: string
  readonly namespace: string
  entry: Entry
  /** Read when its node first asks for something: most pods change often, and what they refer to does not. */
  references: ReadonlySet<PodReference> | undefined
}

export interface NodeGraphOptions {
  readonly cache: WatchCache
  readonly catalogue: Catalogue
  readonly signal: AbortSignal
}

/**
 * Which objects have to do with which node: through the pods that run there, their claims and the claims' volumes. A question looks at the pods
 * of one node; how many pods and nodes there are makes no difference.
 */
export class NodeGraph {
  /** By key. */
  readonly #pods = new Map<string, HeldPod>()
  readonly #podsOfNode = new Map<string, Set<HeldPod>>()
  /** By name. */
  readonly #volumes = new Map<string, VolumeReferences>()
  /** By `namespace/name` of the claim. */
  readonly #volumesOfClaim = new Map<string, Set<string>>()
  /** Nodes by name of the attachment, of the slice. */
  readonly #attachments = new Map<string, string>()
  readonly #slices = new Map<string, string>()
  readonly #podPrefix: string
  readonly #follower: CacheFollower

  constructor({ cache, catalogue, signal }: NodeGraphOptions) {
    const prefix = (group: string, resource: string) =>
      catalogue.byResource(group, 'v1', resource)?.storagePrefix ?? `/registry/${resource}/`
    this.#podPrefix = prefix('', 'pods')
    this.#follower = new CacheFollower({
      cache,
      signal,
      reset: () => {
        for (const map of [
          this.#pods,
          this.#podsOfNode,
          this.#volumes,
          this.#volumesOfClaim,
          this.#attachments,
          this.#slices,
        ])
          map.clear()
      },
      kinds: [
        { prefix: this.#podPrefix, put: entry => this.#putPod(entry), remove: entry => this.#removePod(entry.key) },
        named(prefix('', 'persistentvolumes'), {
          put: (name, entry) => this.#putVolume(name, entry),
          remove: name => this.#removeVolume(name),
        }),
        named(prefix('storage.k8s.io', 'volumeattachments'), {
          put: (name, entry) =>
            void this.#attachments.set(name, objectOf<VolumeAttachment>(entry).spec?.nodeName ?? ''),
          remove: name => void this.#attachments.delete(name),
        }),
        named(prefix('resource.k8s.io', 'resourceslices'), {
          put: (name, entry) => void this.#slices.set(name, entry.fields['spec.nodeName'] ?? ''),
          remove: name => void this.#slices.delete(name),
        }),
      ],
    })
  }

  /** Fills the graph, if it is not filled: resolves when it is. */
  prepare(): Promise<void> | undefined {
    return this.#follower.prepare()
  }

  hasPod(node: string, namespace: string, name: string): boolean {
    this.#follower.ensure()
    return this.#pods.get(`${this.#podPrefix}${namespace}/${name}`)?.node === node
  }

  hasConfigMap = (node: string, namespace: string, name: string): boolean =>
    this.#refers(node, namespace, `configmap/${name}`)

  hasClaim = (node: string, namespace: string, name: string): boolean => this.#refers(node, namespace, `pvc/${name}`)

  hasResourceClaim = (node: string, namespace: string, name: string): boolean =>
    this.#refers(node, namespace, `resourceclaim/${name}`)

  hasServiceAccount = (node: string, namespace: string, name: string): boolean =>
    this.#refers(node, namespace, `serviceaccount/${name}`)

  /** Of a pod, or of a volume that a pod's claim has. */
  hasSecret(node: string, namespace: string, name: string): boolean {
    if (this.#refers(node, namespace, `secret/${name}`)) return true
    const wanted = `${namespace}/${name}`
    for (const pod of this.#podsOfNode.get(node) ?? []) {
      for (const reference of referencesOf(pod)) {
        if (!reference.startsWith('pvc/')) continue
        for (const volume of this.#volumesOfClaim.get(`${pod.namespace}/${reference.slice(4)}`) ?? [])
          if (this.#volumes.get(volume)?.secrets.includes(wanted)) return true
      }
    }
    return false
  }

  hasVolume(node: string, name: string): boolean {
    this.#follower.ensure()
    const claim = this.#volumes.get(name)?.claim ?? ''
    const slash = claim.indexOf('/')
    return slash !== -1 && this.hasClaim(node, claim.slice(0, slash), claim.slice(slash + 1))
  }

  hasAttachment(node: string, name: string): boolean {
    this.#follower.ensure()
    return this.#attachments.get(name) === node
  }

  hasResourceSlice(node: string, name: string): boolean {
    this.#follower.ensure()
    return this.#slices.get(name) === node
  }

  #refers(node: string, namespace: string, reference: PodReference): boolean {
    this.#follower.ensure()
    for (const pod of this.#podsOfNode.get(node) ?? [])
      if (pod.namespace === namespace && referencesOf(pod).has(reference)) return true
    return false
  }

  #putPod(entry: Entry): void {
    const node = entry.fields['spec.nodeName'] ?? ''
    const held = this.#pods.get(entry.key)
    if (held !== undefined && held.node === node && held.entry.createRevision === entry.createRevision) {
      held.entry = entry
      if (held.references !== undefined && mayReferToMore(entry.bytes)) held.references = undefined
      return
    }
    if (held !== undefined) this.#removePod(entry.key)
    if (node === '') return
    const namespace = entry.key.slice(this.#podPrefix.length, entry.key.indexOf('/', this.#podPrefix.length))
    const pod: HeldPod = { node, namespace, entry, references: undefined }
    this.#pods.set(entry.key, pod)
    const pods = this.#podsOfNode.get(node)
    if (pods === undefined) this.#podsOfNode.set(node, new Set([pod]))
    else pods.add(pod)
  }

  #removePod(key: string): void {
    const pod = this.#pods.get(key)
    if (pod === undefined) return
    this.#pods.delete(key)
    const pods = this.#podsOfNode.get(pod.node)
    pods?.delete(pod)
    if (pods?.size === 0) this.#podsOfNode.delete(pod.node)
  }

  #putVolume(name: string, entry: Entry): void {
    this.#removeVolume(name)
    const references = volumeReferences(objectOf<PersistentVolume>(entry))
    if (references === undefined) return
    this.#volumes.set(name, references)
    const volumes = this.#volumesOfClaim.get(references.claim)
    if (volumes === undefined) this.#volumesOfClaim.set(references.claim, new Set([name]))
    else volumes.add(name)
  }

  #removeVolume(name: string): void {
    const references = this.#volumes.get(name)
    if (references === undefined) return
    this.#volumes.delete(name)
    const volumes = this.#volumesOfClaim.get(references.claim)
    volumes?.delete(name)
    if (volumes?.size === 0) this.#volumesOfClaim.delete(references.claim)
  }
}

function referencesOf(pod: HeldPod): ReadonlySet<PodReference> {
  pod.references ??= podReferences(objectOf<Pod>(pod.entry))
  return pod.references
}

/** A kind of the whole cluster, by its objects' names. */
const named = (
  prefix: string,
  { put, remove }: { put(name: string, entry: Entry): void; remove(name: string): void },
) => ({
  prefix,
  put: (entry: Entry) => put(entry.key.slice(prefix.length), entry),
  remove: (entry: Entry) => remove(entry.key.slice(prefix.length)),
})
