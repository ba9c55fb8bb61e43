import type { KubeObject } from '@kubets/api-types'
import { type Client, type Informer, type ResourceRef, startInformer } from '@kubets/client'
import type { Clock, Logger } from '@kubets/component'

/** ConfigMaps and Secrets that pods of this node name, each followed by its own watch, as upstream's watch-based managers. */
export interface ReferencedObjects extends AsyncDisposable {
  /** Follows the object on behalf of a pod from now on; waits until its state is known. Undefined: it does not exist. */
  get<T extends KubeObject>(ref: ResourceRef, namespace: string, name: string, podUid: string): Promise<T | undefined>
  /** The pod is gone: objects that nobody names any more are no longer followed. */
  release(podUid: string): void
}

interface Followed {
  informer: Informer<KubeObject>
  pods: Set<string>
}

export function followReferencedObjects(options: {
  client: Pick<Client, 'list' | 'watch'>
  /** An object that this pod names has come, changed or gone. */
  changed(podUid: string): void
  clock: Clock
  logger: Logger
}): ReferencedObjects {
  const followed = new Map<string, Followed>()
  const closing = new Set<Promise<void>>()

  function drop(key: string, entry: Followed): void {
    followed.delete(key)
    const closed = Promise.resolve(entry.informer[Symbol.asyncDispose]()).finally(() => closing.delete(closed))
    closing.add(closed)
  }

  return {
    async get<T extends KubeObject>(ref: ResourceRef, namespace: string, name: string, podUid: string) {
      const key = `${ref.resource}/${namespace}/${name}`
      let entry = followed.get(key)
      if (entry === undefined) {
        const pods = new Set<string>()
        const tell = () => {
          for (const uid of pods) options.changed(uid)
        }
        entry = {
          pods,
          informer: startInformer<KubeObject>({
            client: options.client,
            ref,
            namespace,
            fieldSelector: `metadata.name=${name}`,
            handlers: { added: tell, updated: tell, deleted: tell },
            clock: options.clock,
            logger: options.logger,
          }),
        }
        followed.set(key, entry)
      }
      entry.pods.add(podUid)
      await entry.informer.synced
      return entry.informer.lister.get({ namespace, name }) as T | undefined
    },
    release(podUid) {
      for (const [key, entry] of followed) if (entry.pods.delete(podUid) && entry.pods.size === 0) drop(key, entry)
    },
    async [Symbol.asyncDispose]() {
      for (const [key, entry] of followed) drop(key, entry)
      await Promise.all(closing)
    },
  }
}
