import type { KubeObject, Service } from '@kubets/api-types'
import { prefixEnd } from '@kubets/storage'
import { ownEntry } from '../resources/own-writes.ts'
import type { Rest } from '../resources/rest.ts'
import { parsePortRange } from './port-range.ts'
import { PortSet } from './port-set.ts'
import type { NodePortRegistry } from './range-allocation.ts'
import { Recorder } from './recorder.ts'

/** A port that nobody has is let go after it was found so often: a write may be under way that has taken it. */
const looksBeforeCleanup = 3
/** Somebody else wrote while we looked: look again, so many times. */
const maxAttempts = 8

const action = 'PortAllocation'

/** Brings what is written down as taken into line with the ports that Services have. */
export class NodePortRepair {
  readonly #rest: Rest
  readonly #registry: NodePortRegistry
  readonly #recorder: Recorder
  /** Ports that seem to have leaked, with how often they may still be found. */
  readonly #leaks = new Map<number, number>()

  constructor(rest: Rest, registry: NodePortRegistry) {
    this.#rest = rest
    this.#registry = registry
    this.#recorder = new Recorder(rest, 'portallocator-repair-controller')
  }

  async run(): Promise<void> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) if (await this.#attempt()) return
    throw new Error('the node ports could not be checked: others kept writing them')
  }

  async #attempt(): Promise<boolean> {
    const { range } = this.#registry
    // first what is taken, then who has it: a Service that comes in between has its port taken in a newer state, and the write below fails
    const before = await this.#registry.read()
    const stored = new PortSet(before.range === undefined ? range : parsePortRange(before.range), before.data)
    const rebuilt = new PortSet(range)
    const snapshot = await this.#rest.cache.consistentSnapshot()
    const entry = ownEntry(this.#rest, '', 'services')
    for (const { bytes, modRevision } of snapshot.range(entry.storagePrefix, prefixEnd(entry.storagePrefix))) {
      const service = this.#rest.codec.decode(entry, bytes) as Service
      // events name it
      service.metadata = { ...service.metadata, resourceVersion: String(modRevision) }
      for (const port of heldPorts(service)) await this.#claim(port, service, stored, rebuilt)
    }
    for (const port of stored.taken()) this.#keepLeak(port, rebuilt)
    return this.#registry.replace(rebuilt, before)
  }

  async #claim(port: number, service: Service, stored: PortSet, rebuilt: PortSet): Promise<void> {
    const regarding = { ...service, apiVersion: 'v1', kind: 'Service' } as KubeObject
    const { text } = this.#registry.range
    const warn = (reason: string, note: string) => this.#recorder.warn({ regarding, reason, action, note })
    if (!rebuilt.inRange(port)) {
      await warn('PortOutOfRange', `Port ${port} is not within the port range ${text}; please recreate service`)
      return
    }
    if (!rebuilt.take(port)) {
      await warn('PortAlreadyAllocated', `Port ${port} was assigned to multiple services; please recreate service`)
      return
    }
    this.#leaks.delete(port)
    if (stored.has(port)) stored.release(port)
    else await warn('PortNotAllocated', `Port ${port} is not allocated; repairing`)
  }

  #keepLeak(port: number, rebuilt: PortSet): void {
    const left = this.#leaks.get(port) ?? looksBeforeCleanup - 1
    if (left > 0) {
      this.#leaks.set(port, left - 1)
      if (rebuilt.inRange(port)) rebuilt.take(port)
      this.#rest.logger.info({ port }, 'A node port may have leaked')
    } else {
      this.#leaks.delete(port)
      this.#rest.logger.warn({ port }, 'A node port has leaked and is free again')
    }
  }
}

/** Ports with each protocol once: one number may serve several of them. */
function heldPorts({ spec }: Service): number[] {
  const seen = new Map<number, Set<string>>()
  const held: number[] = []
  for (const { nodePort, protocol = 'TCP' } of spec?.ports ?? []) {
    if (!nodePort) continue
    const protocols = seen.get(nodePort)
    if (protocols === undefined || protocols.has(protocol)) held.push(nodePort)
    seen.set(nodePort, (protocols ?? new Set()).add(protocol))
  }
  const health = spec?.healthCheckNodePort
  if (health && (!seen.has(health) || seen.get(health)?.has('TCP'))) held.push(health)
  return held
}
