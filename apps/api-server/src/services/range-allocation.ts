import type { KeyValueStore, Revision } from '@kubets/storage'
import type { PortRange } from './port-range.ts'
import { PortSet } from './port-set.ts'

const key = '/registry/ranges/servicenodeports'

/** More than this many writers in a row came first. */
const maxAttempts = 64

/** The stored state: upstream's `v1` RangeAllocation, which no client sees. */
interface StoredRange {
  kind: 'RangeAllocation'
  apiVersion: 'v1'
  metadata: object
  range: string
  /** Base64 of {@link PortSet.bytes}. */
  data?: string
}

/** What was read, for {@link NodePortRegistry.replace}. */
export interface RangeSnapshot {
  /** Range it was written with; `undefined`: there is none yet. */
  readonly range: string | undefined
  readonly data: Uint8Array
  readonly revision: Revision
}

export class PortRangeMismatchError extends Error {
  override readonly name = 'PortRangeMismatchError'
  constructor() {
    super('the provided range does not match the current range')
  }
}

/**
 * The node ports that are taken, in one object of the store: every change is a compare-and-put of it, so several api-servers never give out
 * a port twice. Changes of this process stand in line.
 */
export class NodePortRegistry {
  readonly range: PortRange
  readonly #store: KeyValueStore
  #tail: Promise<unknown> = Promise.resolve()
  /** What we wrote last: right unless somebody else has written since, which the compare-and-put tells. */
  #known: { ports: PortSet; revision: Revision } | undefined

  constructor(store: KeyValueStore, range: PortRange) {
    this.#store = store
    this.range = range
  }

  /** Changes the set until nobody came in between. `change` returns false to leave everything as it is. */
  update(change: (ports: PortSet) => boolean): Promise<void> {
    const run = this.#tail.then(() => this.#update(change))
    this.#tail = run.catch(() => {})
    return run
  }

  async #update(change: (ports: PortSet) => boolean): Promise<void> {
    let known = this.#known ?? (await this.#load())
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const ports = new PortSet(this.range, known.ports.bytes())
      // nothing to write: fine if what we know is what is stored
      const changed = change(ports)
      if (!changed) {
        const fresh = await this.#load()
        if (fresh.revision === known.revision) return
        known = fresh
        continue
      }
      const written = await this.#store.put({ key, value: encode(this.range, ports), expected: known.revision })
      if (written.ok) {
        this.#known = { ports, revision: written.revision }
        return
      }
      known = await this.#load()
    }
    throw new Error('too many writers of the node port range')
  }

  async #load(): Promise<{ ports: PortSet; revision: Revision }> {
    const { range, data, revision } = await this.read()
    if (range === undefined) {
      throw new Error('cannot allocate resources of type servicenodeportallocations at this time')
    }
    if (range !== this.range.text) throw new PortRangeMismatchError()
    this.#known = { ports: new PortSet(this.range, data), revision }
    return this.#known
  }

  /** As far as this process knows; for dry runs. */
  async has(port: number): Promise<boolean> {
    return (await this.#load()).ports.has(port)
  }

  async read(): Promise<RangeSnapshot> {
    const { kv } = await this.#store.get(key)
    if (kv === undefined) return { range: undefined, data: new Uint8Array(), revision: 0 }
    const stored = JSON.parse(Buffer.from(kv.value).toString('utf8')) as Partial<StoredRange>
    return { range: stored.range, data: Buffer.from(stored.data ?? '', 'base64'), revision: kv.modRevision }
  }

  /** Writes the set if nobody did since `since` was read; false otherwise. */
  async replace(ports: PortSet, since: RangeSnapshot): Promise<boolean> {
    const written = await this.#store.put({ key, value: encode(this.range, ports), expected: since.revision })
    this.#known = undefined
    return written.ok
  }
}

function encode(range: PortRange, ports: PortSet): Buffer {
  const data = Buffer.from(ports.bytes()).toString('base64')
  const stored: StoredRange = {
    kind: 'RangeAllocation',
    apiVersion: 'v1',
    metadata: {},
    range: range.text,
    ...(data === '' ? {} : { data }),
  }
  return Buffer.from(JSON.stringify(stored))
}
