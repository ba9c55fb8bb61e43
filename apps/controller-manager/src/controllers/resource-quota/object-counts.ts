import type { ResourceMonitors } from '../../discovery/resource-monitors.ts'
import type { ServerResource } from '../../discovery/server-resources.ts'

/** How many objects each namespace has of each collection: a number a pair, whatever the objects' size. */
export class ObjectCounts {
  readonly #counts = new Map<string, number>()

  /** Calls `changed` after each change. */
  constructor(
    monitors: ResourceMonitors,
    changed: (resource: ServerResource, namespace: string, what: 'came' | 'went') => void,
  ) {
    const count = (resource: ServerResource, namespace: string, by: 1 | -1) => {
      if (namespace === '') return
      const key = keyOf(resource, namespace)
      const sum = (this.#counts.get(key) ?? 0) + by
      if (sum > 0) this.#counts.set(key, sum)
      else this.#counts.delete(key)
      changed(resource, namespace, by === 1 ? 'came' : 'went')
    }
    monitors.subscribe({
      added: (resource, { namespace }) => count(resource, namespace, 1),
      deleted: (resource, { namespace }) => count(resource, namespace, -1),
    })
  }

  of(resource: { group: string; resource: string }, namespace: string): number {
    return this.#counts.get(keyOf(resource, namespace)) ?? 0
  }
}

const keyOf = ({ group, resource }: { group: string; resource: string }, namespace: string) =>
  `${namespace}/${resource}.${group}`
