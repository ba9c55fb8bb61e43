import type { Endpoints, KubeObject } from '@kubets/api-types'
import { prefixEnd } from '@kubets/storage'
import type { Rest } from '../../resources/rest.ts'

/** Upstream's key and its time to live: longer than the ten seconds between two renewals. */
const prefix = '/registry/masterleases/'
const ttlSeconds = 15
const attempts = 5

/** Which api-servers live, as kube-apiserver writes it: one key each, an Endpoints object that its address is in, gone when nobody renews it. */
export class MasterLeases {
  readonly #rest: Rest

  constructor(rest: Rest) {
    this.#rest = rest
  }

  async list(): Promise<string[]> {
    const { kvs } = await this.#rest.store.range({ start: prefix, end: prefixEnd(prefix) })
    const addresses: string[] = []
    for (const { value } of kvs) {
      const ip = this.#read(value).subsets?.[0]?.addresses?.[0]?.ip
      if (ip) addresses.push(ip)
    }
    return addresses
  }

  async renew(ip: string): Promise<void> {
    const { store, codec, catalogue } = this.#rest
    const entry = catalogue.byResource('', 'v1', 'endpoints')
    if (entry === undefined) return
    const lease = await store.grantLease(ttlSeconds)
    let { kv } = await store.get(prefix + ip)
    for (let attempt = 0; attempt < attempts; attempt++) {
      const generation = (kv === undefined ? 0 : (this.#read(kv.value).metadata?.generation ?? 0)) + 1
      const object = { metadata: { generation }, subsets: [{ addresses: [{ ip }] }] } as KubeObject
      const value = codec.encode(entry, object)
      const written = await store.put({ key: prefix + ip, value, expected: kv?.modRevision ?? 0, lease })
      if (written.ok) return
      kv = written.current
    }
    throw new Error(`another api-server writes the lease of ${ip} too: each needs an --advertise-address of its own`)
  }

  /** It may be gone already. */
  async remove(ip: string): Promise<void> {
    const { store } = this.#rest
    const { kv } = await store.get(prefix + ip)
    if (kv !== undefined) await store.delete({ key: prefix + ip, expected: kv.modRevision })
  }

  #read(value: Uint8Array): Endpoints & KubeObject {
    const entry = this.#rest.catalogue.byResource('', 'v1', 'endpoints')
    if (entry === undefined) return {} as Endpoints & KubeObject
    return this.#rest.codec.decode(entry, value) as Endpoints & KubeObject
  }
}
