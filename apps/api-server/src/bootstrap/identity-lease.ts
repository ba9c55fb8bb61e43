import { createHash, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { KubeObject, Lease, ResourceEntry } from '@kubets/api-types'
import { formatMicroTime } from '@kubets/apimachinery'
import { prefixEnd } from '@kubets/storage'
import { guaranteedUpdate } from '../resources/guaranteed-update.ts'
import { fillNewMeta } from '../resources/object-meta.ts'
import { keyOf, prefixOf, type Rest } from '../resources/rest.ts'
import { trackOwnWrite } from '../resources/steps/managed-fields.ts'
import type { BootstrapPart } from './part.ts'

const namespace = 'kube-system'
const identityLabel = 'apiserver.kubernetes.io/identity'
/** An api-server that has not renewed for so long is gone, seconds. */
const duration = 3600
/** Leases of api-servers that are gone are looked for this often, ms. */
const collectEvery = 3_600_000

/** `apiserver-` and a hash of the host's name, the same at every start on this host: KEP-1965. */
export function apiServerName(host = hostname()): string {
  const parts = [host, 'kube-apiserver'].map(text => Buffer.from(text))
  const bytes = Buffer.concat(
    parts.flatMap(part => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(part.length)
      return [length, part]
    }),
  )
  return `apiserver-${base32(createHash('sha256').update(bytes).digest().subarray(0, 16))}`
}

function base32(bytes: Uint8Array): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz234567'
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{1,5}/g) ?? []).map(five => letters[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

/** The Lease that shows this api-server lives: renewed while it does, deleted when it ends in order, collected when it did not. */
export function identityLease(): BootstrapPart {
  const name = apiServerName()
  const holder = `${name}_${randomUUID()}`
  let collectedAt = Number.NEGATIVE_INFINITY
  return {
    async keep({ rest, advertiseAddress, port }) {
      const entry = rest.catalogue.byResource('coordination.k8s.io', 'v1', 'leases')
      if (entry === undefined) return
      await renew(rest, entry, name, holder, `${hostOf(advertiseAddress)}:${port}`)
      const now = rest.clock.now()
      if (now - collectedAt < collectEvery) return
      collectedAt = now
      await collect(rest, entry)
    },
    async stop({ rest }) {
      const entry = rest.catalogue.byResource('coordination.k8s.io', 'v1', 'leases')
      if (entry === undefined) return
      const key = keyOf(entry, namespace, name)
      const { kv } = await rest.store.get(key)
      if (kv !== undefined) await rest.store.delete({ key, expected: kv.modRevision })
    },
  }
}

const hostOf = (address: string) => (address.includes(':') ? `[${address}]` : address)

async function renew(rest: Rest, entry: ResourceEntry, name: string, holder: string, address: string): Promise<void> {
  await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, namespace, name),
    about: { group: entry.group, resource: entry.resource, name },
    dryRun: false,
    change(current) {
      const before = (current?.object ?? { metadata: { name } }) as Lease
      const renewTime = formatMicroTime(rest.clock.now())
      const object = {
        ...before,
        metadata: {
          ...before.metadata,
          labels: {
            ...before.metadata?.labels,
            [identityLabel]: 'kube-apiserver',
            'kubernetes.io/hostname': hostname(),
          },
          // where other api-servers find this one
          annotations: { ...before.metadata?.annotations, 'kubernetes.io/peer-advertise-address': address },
        },
        spec: { holderIdentity: holder, leaseDurationSeconds: duration, renewTime },
      } as KubeObject
      if (current === undefined) fillNewMeta(object, namespace, rest.clock.now())
      trackOwnWrite(rest, entry, object, current?.object)
      return { do: 'put', object }
    },
  })
}

async function collect(rest: Rest, entry: ResourceEntry): Promise<void> {
  const prefix = prefixOf(entry, namespace)
  const snapshot = rest.cache.snapshot()
  for (const { key, bytes, modRevision } of snapshot.range(prefix, prefixEnd(prefix))) {
    const lease = rest.codec.decode(entry, bytes) as Lease
    if (lease.metadata?.labels?.[identityLabel] !== 'kube-apiserver') continue
    const { renewTime, leaseDurationSeconds } = lease.spec ?? {}
    const end = renewTime && leaseDurationSeconds ? Date.parse(String(renewTime)) + leaseDurationSeconds * 1000 : 0
    // another api-server may have collected it, or its owner may be back: then it has another revision
    if (end < rest.clock.now()) await rest.store.delete({ key, expected: modRevision })
  }
}
