import type { Event, KubeObject, Node, Pod } from '@kubets/api-types'
import { ApiError } from '@kubets/apimachinery'
import type { ResourceRef, WatchEvent, WatchOptions } from '@kubets/client'
import type { SchedulerClient } from './client.ts'

/** An api-server of a few lines for component tests: objects in memory, watches, bindings. It knows no validation. */
export interface FakeServer {
  client: SchedulerClient
  put(resource: string, object: KubeObject): void
  remove(resource: string, key: string): void
  pod(key: string): Pod | undefined
  pods(): Pod[]
  events(): Event[]
  /** Called before a binding is applied; a throw is its answer. */
  onBind: (key: string, node: string) => Promise<void> | void
}

type Listener = (event: WatchEvent<KubeObject>) => void

export function fakeServer(): FakeServer {
  let revision = 0
  const stores = new Map<string, Map<string, KubeObject>>()
  const listeners = new Map<string, Set<Listener>>()
  const store = (resource: string) => {
    let objects = stores.get(resource)
    if (objects === undefined) {
      objects = new Map()
      stores.set(resource, objects)
    }
    return objects
  }
  const keyOf = ({ metadata }: KubeObject) =>
    metadata?.namespace ? `${metadata.namespace}/${metadata.name}` : (metadata?.name ?? '')
  const tell = (resource: string, event: WatchEvent<KubeObject>) => {
    for (const listener of listeners.get(resource) ?? []) listener(structuredClone(event))
  }
  const ended = (object: KubeObject) => ['Succeeded', 'Failed'].includes((object as Pod).status?.phase ?? '')
  const stamp = (object: KubeObject) => {
    object.metadata = { ...object.metadata, resourceVersion: String(++revision) }
    object.metadata.uid ??= `uid-${revision}`
    return object
  }
  const notFound = (resource: string, key: string) =>
    new ApiError({ code: 404, reason: 'NotFound', message: `${resource} "${key}" not found` })

  function put(resource: string, object: KubeObject): KubeObject {
    const key = keyOf(object)
    const old = store(resource).get(key)
    const next = stamp(structuredClone(object))
    store(resource).set(key, next)
    if (resource === 'pods' && ended(next)) tell(resource, { type: 'DELETED', object: next })
    else tell(resource, { type: old === undefined ? 'ADDED' : 'MODIFIED', object: next })
    return structuredClone(next)
  }
  function find(resource: string, key: string): KubeObject {
    const object = store(resource).get(key)
    if (object === undefined) throw notFound(resource, key)
    return structuredClone(object)
  }

  const server: FakeServer = {
    onBind: () => undefined,
    put,
    remove(resource, key) {
      const object = store(resource).get(key)
      if (object === undefined) return
      store(resource).delete(key)
      tell(resource, { type: 'DELETED', object: stamp(object) })
    },
    pod: key => store('pods').get(key) as Pod | undefined,
    pods: () => [...store('pods').values()] as Pod[],
    events: () => [...store('events').values()] as Event[],
    client: {
      async get(ref, key) {
        return find(ref.resource, keyOf({ metadata: key })) as never
      },
      async list() {
        throw new Error('the fake server streams its lists')
      },
      async *watch(ref: ResourceRef, options: WatchOptions = {}) {
        const queue: WatchEvent<KubeObject>[] = []
        let wake: () => void = () => undefined
        const listener: Listener = event => {
          queue.push(event)
          wake()
        }
        let set = listeners.get(ref.resource)
        if (set === undefined) {
          set = new Set()
          listeners.set(ref.resource, set)
        }
        set.add(listener)
        options.signal?.addEventListener('abort', () => wake(), { once: true })
        if (options.sendInitialEvents) {
          for (const object of store(ref.resource).values())
            if (!ended(object)) queue.push({ type: 'ADDED', object: structuredClone(object) })
          const annotations = { 'k8s.io/initial-events-end': 'true' }
          queue.push({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(revision), annotations } } })
        }
        try {
          while (!options.signal?.aborted) {
            const event = queue.shift()
            if (event !== undefined) yield event as never
            else
              await new Promise<void>(resolve => {
                wake = resolve
              })
          }
        } finally {
          set.delete(listener)
        }
      },
      async create(ref, object, options = {}) {
        if (options.subresource === 'binding') {
          const key = keyOf(object)
          const node = (object as unknown as { target: { name: string } }).target.name
          await server.onBind(key, node)
          const pod = find('pods', key) as Pod
          if (pod.spec?.nodeName)
            throw new ApiError({
              code: 409,
              reason: 'Conflict',
              message: `Operation cannot be fulfilled on pods/binding "${key}": pod ${key} is already assigned to node "${pod.spec.nodeName}"`,
            })
          put('pods', { ...pod, spec: { ...pod.spec, nodeName: node } } as Pod)
          return object
        }
        if (store(ref.resource).has(keyOf(object))) throw new ApiError({ code: 409, reason: 'AlreadyExists' })
        return put(ref.resource, object) as never
      },
      async update(ref, object) {
        const old = find(ref.resource, keyOf(object))
        if (object.metadata?.resourceVersion !== old.metadata?.resourceVersion)
          throw new ApiError({ code: 409, reason: 'Conflict' })
        return put(ref.resource, object) as never
      },
      async patch(ref, key, _type, body) {
        const object = find(ref.resource, keyOf({ metadata: key })) as Pod
        const { status, ...rest } = body as Pod
        if (status === undefined) return put(ref.resource, { ...object, ...rest }) as never
        const conditions = [...(object.status?.conditions ?? [])]
        for (const condition of status.conditions ?? []) {
          const at = conditions.findIndex(other => other.type === condition.type)
          if (at === -1) conditions.push(condition)
          else conditions[at] = condition
        }
        return put(ref.resource, { ...object, status: { ...object.status, ...status, conditions } } as Pod) as never
      },
      async delete(ref, key) {
        find(ref.resource, keyOf({ metadata: key }))
        server.remove(ref.resource, keyOf({ metadata: key }))
      },
    },
  }
  return server
}

/** A node for tests: 4 CPUs, 8 GiB, 110 pods. */
export function testNode(
  name: string,
  more: { labels?: Record<string, string>; spec?: object; cpu?: string } = {},
): Node {
  const { labels = {}, spec = {}, cpu = '4' } = more
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec,
    status: { allocatable: { cpu, memory: '8Gi', pods: '110', 'ephemeral-storage': '100Gi' } },
  } as Node
}

/** A pending pod for tests. */
export function testPod(
  name: string,
  more: { cpu?: string; labels?: Record<string, string>; spec?: object; namespace?: string } = {},
): Pod {
  const { cpu, labels = {}, spec = {}, namespace = 'default' } = more
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, uid: `uid-${namespace}-${name}` },
    spec: {
      schedulerName: 'default-scheduler',
      priority: 0,
      containers: [{ name: 'c', image: 'busybox', ...(cpu ? { resources: { requests: { cpu } } } : {}) }],
      ...spec,
    },
    status: { phase: 'Pending' },
  } as Pod
}
