import { type Pod, type PriorityClass, systemPriorityClasses } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import type { KeyValueStore, WatchCache } from '@kubets/storage'
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts'

export interface PriorityOptions {
  cache: WatchCache
  store: KeyValueStore
}

const prefix = '/registry/priorityclasses/'
const end = '/registry/priorityclasses0'
const classes = { group: 'scheduling.k8s.io', resource: 'priorityclasses' }
/** How long, in milliseconds, the class of pods that name none is remembered: looking through all classes is too much for every pod. */
const defaultLife = 1000

/** Turns a pod's `priorityClassName` into its `priority` and preemption policy; one class at most is the one of pods that name none. */
export function priority({ cache, store }: PriorityOptions): AdmissionPlugin {
  let remembered: { at: number; found: PriorityClass | undefined } | undefined

  function defaultClass(): PriorityClass | undefined {
    const now = performance.now()
    if (remembered === undefined || now - remembered.at > defaultLife) {
      remembered = { at: now, found: findDefault(cache) }
    }
    return remembered.found
  }

  function admitPod({ operation, object, oldObject, name }: AdmissionRequest): undefined | Promise<void> {
    const { spec } = object as Pod
    if (spec === undefined) return undefined
    if (operation === 'UPDATE') {
      // a manifest that leaves them out means them as they are
      const old = (oldObject as Pod).spec
      if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority
      if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined)
        spec.preemptionPolicy = old.preemptionPolicy
      return undefined
    }
    const className = spec.priorityClassName ?? ''
    if (className === '') return setPriority(spec, name, defaultClass())
    const known = cache.get(prefix + className)
    if (known !== undefined) return setPriority(spec, name, parse(known.bytes))
    // made a moment ago by this client, perhaps: the store knows
    return store.get(prefix + className).then(({ kv }) => {
      const found = kv === undefined ? systemClass(className) : parse(kv.value)
      if (found === undefined) throw forbidden('pods', name, `no PriorityClass with name ${className} was found`)
      setPriority(spec, name, found)
    })
  }

  return {
    name: 'Priority',
    mutate(request) {
      const { operation, entry, subresource } = request
      if (operation === 'DELETE' || entry.group !== '' || entry.resource !== 'pods' || subresource !== '')
        return undefined
      return admitPod(request)
    },
    validate({ operation, entry, subresource, object, name }) {
      if (entry.group !== classes.group || entry.resource !== classes.resource || subresource !== '') return undefined
      remembered = undefined
      if (operation === 'DELETE' || (object as PriorityClass).globalDefault !== true) return undefined
      const other = findDefault(cache)?.metadata?.name
      if (other !== undefined && (operation === 'CREATE' || other !== name)) {
        const text = `PriorityClass ${other} is already marked as default. Only one default can exist`
        throw forbidden(classes, name, text)
      }
      return undefined
    },
  }
}

const parse = (bytes: Uint8Array): PriorityClass => JSON.parse(Buffer.from(bytes).toString())

/** The system's own are known before they are stored: its first pods may come while the server starts. */
function systemClass(name: string): PriorityClass | undefined {
  const found = systemPriorityClasses.find(({ metadata }) => metadata.name === name)
  return found === undefined ? undefined : { ...found, metadata: { ...found.metadata } }
}

const valueOfClass = (found: PriorityClass | undefined) => found?.value ?? 0

const marked = Buffer.from('"globalDefault":true')

/** Of several, which a race can make, the lowest. */
function findDefault(cache: WatchCache): PriorityClass | undefined {
  let lowest: PriorityClass | undefined
  for (const { bytes } of cache.snapshot().range(prefix, end)) {
    if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).indexOf(marked) === -1) continue
    const found = parse(bytes)
    if (found.globalDefault === true && (lowest === undefined || valueOfClass(found) < valueOfClass(lowest)))
      lowest = found
  }
  return lowest
}

function setPriority(spec: NonNullable<Pod['spec']>, name: string, found: PriorityClass | undefined): undefined {
  const value = valueOfClass(found)
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority'
  if (found?.metadata?.name !== undefined) spec.priorityClassName = found.metadata.name
  const given = 'must not be provided in pod spec; priority admission controller computed'
  const from = 'from the given PriorityClass name'
  if (spec.priority !== undefined && spec.priority !== value)
    throw forbidden('pods', name, `the integer value of priority (${spec.priority}) ${given} ${value} ${from}`)
  spec.priority = value
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    const text = `the string value of PreemptionPolicy (${spec.preemptionPolicy}) ${given} ${policy} ${from}`
    throw forbidden('pods', name, text)
  }
  spec.preemptionPolicy = policy
  return undefined
}
