import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KeyValueStore, openEmbeddedStore } from '@kubets/storage'
import { describe, expect, it } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'
import { type ServiceClient, serviceClient } from '../testing/service-client.ts'

describe('after a crash', () => {
  /** Runs an api-server, leaves its store, and starts another one over what `damage` makes of it. */
  async function restarted(
    prepare: (client: ServiceClient) => Promise<unknown>,
    damage: (store: KeyValueStore) => Promise<void>,
    check: (client: ServiceClient) => Promise<void>,
  ) {
    const directory = await mkdtemp(join(tmpdir(), 'kubets-services-'))
    const store = await openEmbeddedStore({ directory })
    try {
      const first = await testApiServer({ store })
      await prepare(serviceClient(first.h2))
      await first[Symbol.asyncDispose]()
      await damage(store)
      const second = await testApiServer({ store })
      await check(serviceClient(second.h2))
      await second[Symbol.asyncDispose]()
    } finally {
      await store.close()
      await rm(directory, { recursive: true, force: true })
    }
  }
  const forget = async (store: KeyValueStore, key: string) => {
    const { kv } = await store.get(key)
    if (kv !== undefined) await store.delete({ key, expected: kv.modRevision })
  }
  const reasons = async (client: ServiceClient) => {
    const { json } = await client.send('GET', '/api/v1/namespaces/default/events')
    return json.items.map(({ reason }: { reason: string }) => reason)
  }

  it('Services have their addresses and ports again', () =>
    restarted(
      client =>
        client.create('lost', { type: 'NodePort', clusterIP: '10.96.0.9', ports: [{ port: 1, nodePort: 30_009 }] }),
      async store => {
        await forget(store, '/registry/ipaddresses/10.96.0.9')
        await forget(store, '/registry/ranges/servicenodeports')
      },
      async client => {
        expect((await client.address('10.96.0.9')).json.spec.parentRef.name).toBe('lost')
        expect((await client.create('x', { clusterIP: '10.96.0.9' })).status).toBe(422)
        const port = await client.create('x', { type: 'NodePort', ports: [{ port: 1, nodePort: 30_009 }] })
        expect(port.json.message).toContain('provided port is already allocated')
        expect(await reasons(client)).toEqual(expect.arrayContaining(['ClusterIPNotAllocated', 'PortNotAllocated']))
      },
    ))

  it('addresses without a Service go when no request can still be using them', () =>
    restarted(
      async () => {},
      async store => {
        const orphan = (name: string, creationTimestamp: string) => ({
          key: `/registry/ipaddresses/${name}`,
          value: Buffer.from(
            JSON.stringify({
              kind: 'IPAddress',
              apiVersion: 'networking.k8s.io/v1',
              metadata: {
                name,
                uid: name,
                creationTimestamp,
                labels: {
                  'ipaddress.kubernetes.io/ip-family': 'IPv4',
                  'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
                },
              },
              spec: { parentRef: { resource: 'services', namespace: 'default', name: 'never' } },
            }),
          ),
        })
        const young = `${new Date().toISOString().slice(0, 19)}Z`
        await store.createAll([orphan('10.96.7.7', '2020-01-01T00:00:00Z'), orphan('10.96.7.8', young)])
      },
      async client => {
        expect((await client.address('10.96.7.7')).status).toBe(404)
        expect((await client.address('10.96.7.8')).status).toBe(200)
        expect(await reasons(client)).toContain('IPAddressNotAllocated')
      },
    ))
})
