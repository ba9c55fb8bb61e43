import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore } from '@kubets/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiServerOptions } from '../index.ts'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { type ServiceClient, serviceClient } from '../testing/service-client.ts'

const addresses = '/apis/networking.k8s.io/v1/ipaddresses'
const cidrs = '/apis/networking.k8s.io/v1/servicecidrs'

/** Several api-servers over one store. */
async function cluster(count: number, options: Partial<ApiServerOptions> = {}) {
  const undo = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kubets-services-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const store = await openEmbeddedStore({ directory })
  undo.defer(() => store.close())
  const servers: TestApiServer[] = []
  for (let i = 0; i < count; i++) servers.push(undo.use(await testApiServer({ store, ...options })))
  return { store, servers, clients: servers.map(({ h2 }) => serviceClient(h2)), stop: () => undo.disposeAsync() }
}

describe('cluster IPs', () => {
  let api: Awaited<ReturnType<typeof cluster>>
  let client: ServiceClient
  beforeAll(async () => {
    api = await cluster(1)
    client = api.clients[0] as ServiceClient
  })
  afterAll(() => api.stop())

  it('come from the ServiceCIDR of the flags, which is ready', async () => {
    const { json } = await client.send('GET', `${cidrs}/kubernetes`)
    expect(json.spec).toEqual({ cidrs: ['10.96.0.0/16'] })
    expect(json.status.conditions).toMatchObject([
      { type: 'Ready', status: 'True', message: 'Kubernetes default Service CIDR is ready' },
    ])
  })

  it('are IPAddress objects that name their Service', async () => {
    const { json } = await client.create('named')
    const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy } = json.spec
    expect({ clusterIPs, ipFamilies, ipFamilyPolicy }).toEqual({
      clusterIPs: [clusterIP],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    })
    const address = await client.address(clusterIP)
    expect(address.json.metadata.labels).toEqual({
      'ipaddress.kubernetes.io/ip-family': 'IPv4',
      'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
    })
    expect(address.json.spec).toEqual({ parentRef: { resource: 'services', namespace: 'default', name: 'named' } })
    const kubernetes = await client.address('10.96.0.1')
    expect(kubernetes.json.spec.parentRef.name).toBe('kubernetes')
  })

  it('leave the lower band to those who ask for an address', async () => {
    const made = await Promise.all(Array.from({ length: 12 }, (_, i) => client.create(`upper-${i}`)))
    for (const { json } of made) {
      const [, , c, d] = json.spec.clusterIP.split('.').map(Number)
      expect(c * 256 + d).toBeGreaterThan(256)
    }
    expect((await client.create('asked', { clusterIP: '10.96.0.10' })).status).toBe(201)
  })

  it('are free again after the delete, and when the Service becomes a name', async () => {
    await client.create('gone', { clusterIP: '10.96.0.20' })
    expect((await client.create('late', { clusterIP: '10.96.0.20' })).json.message).toBe(
      'Service "late" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.20"]: failed to allocate IP 10.96.0.20: provided IP is already allocated',
    )
    await client.remove('gone')
    expect((await client.create('late', { clusterIP: '10.96.0.20' })).status).toBe(201)
    const renamed = await client.merge('late', { spec: { type: 'ExternalName', externalName: 'example.com' } })
    expect([renamed.status, renamed.json.spec.clusterIP]).toEqual([200, undefined])
    expect((await client.address('10.96.0.20')).status).toBe(404)
    const back = await client.merge('late', { spec: { type: 'ClusterIP', externalName: null } })
    expect([back.status, back.json.spec.clusterIP]).toEqual([200, expect.stringMatching(/^10\.96\./)])
  })

  it.each([
    ['10.97.0.1', 'the provided network does not match the current range'],
    ['10.96.0.0', 'the provided network does not match the current range'],
    ['10.96.255.255', 'the provided network does not match the current range'],
  ])('%s is refused', async (clusterIP, why) => {
    const { status, json } = await client.create('far', { clusterIP })
    expect([status, json.message]).toEqual([
      422,
      `Service "far" is invalid: spec.clusterIPs: Invalid value: ["${clusterIP}"]: failed to allocate IP ${clusterIP}: ${why}`,
    ])
  })

  it('are given back when the Service is refused or its name is taken', async () => {
    await client.create('first')
    expect((await client.create('first', { clusterIP: '10.96.0.30' })).status).toBe(409)
    expect((await client.create('bad', { clusterIP: '10.96.0.30', ports: [{ port: 0 }] })).status).toBe(422)
    expect((await client.address('10.96.0.30')).status).toBe(404)
  })

  it('are not taken by dry runs', async () => {
    const made = await client.create('dry', { clusterIP: '10.96.0.40' }, '?dryRun=All')
    expect([made.status, made.json.spec.clusterIP]).toEqual([201, '10.96.0.40'])
    expect((await client.create('dry', {}, '?dryRun=All')).json.spec.clusterIP).toBe('10.96.0.0')
    expect((await client.address('10.96.0.40')).status).toBe(404)
    expect((await client.create('dry', { clusterIP: '10.1.1.1' }, '?dryRun=All')).json.message).toContain(
      'the provided IP (10.1.1.1) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
    )
  })

  it('stay through an update that leaves them out, and do not change', async () => {
    const made = await client.create('kept')
    const { clusterIP } = made.json.spec
    const replaced = await client.replace('kept', { ports: [{ port: 81 }] })
    expect([replaced.status, replaced.json.spec.clusterIP]).toEqual([200, clusterIP])
    expect(
      (await client.replace('kept', { clusterIP: '10.96.0.50', clusterIPs: ['10.96.0.50'] })).json.message,
    ).toContain('spec.clusterIPs[0]: Invalid value: ["10.96.0.50"]: may not change once set')
  })

  it('come from further ServiceCIDRs, but for those that are being deleted', async () => {
    const body = { metadata: { name: 'more', finalizers: ['example.com/hold'] }, spec: { cidrs: ['10.200.0.0/24'] } }
    expect((await client.send('POST', cidrs, body)).status).toBe(201)
    expect((await client.create('more-1', { clusterIP: '10.200.0.7' })).status).toBe(201)
    await client.send('DELETE', `${cidrs}/more`)
    await expect
      .poll(async () => (await client.create('more-2', { clusterIP: '10.200.0.8' })).json.message)
      .toContain('the provided network does not match the current range')
  })

  it('are not given where none is wanted', async () => {
    const { json } = await client.create('headless', { clusterIP: 'None', selector: { a: 'b' } })
    expect(json.spec).toMatchObject({ clusterIPs: ['None'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
    const anything = await client.create('anything', { clusterIP: 'None' })
    expect(anything.json.spec).toMatchObject({ ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' })
    expect((await client.create('name', { type: 'ExternalName', externalName: 'a.b' })).json.spec).toEqual({
      externalName: 'a.b',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      sessionAffinity: 'None',
      type: 'ExternalName',
    })
  })

  it('of two families need a cluster that has two', async () => {
    expect((await client.create('dual', { ipFamilyPolicy: 'RequireDualStack' })).json.message).toBe(
      'Service "dual" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    )
    const six = await client.create('six', { ipFamilies: ['IPv6'] })
    expect(six.json.message).toContain('spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster')
    const preferred = await client.create('preferred', { ipFamilyPolicy: 'PreferDualStack' })
    expect(preferred.json.spec.ipFamilies).toEqual(['IPv4'])
  })

  it('come back when somebody deletes the IPAddress of a Service', async () => {
    const { clusterIP } = (await client.create('held')).json.spec
    await client.send('DELETE', `${addresses}/${clusterIP}`)
    await expect.poll(async () => (await client.address(clusterIP)).json.spec?.parentRef?.name).toBe('held')
    const events = await client.send(
      'GET',
      '/api/v1/namespaces/default/events?fieldSelector=reason%3DClusterIPNotAllocated',
    )
    expect(events.json.items).toMatchObject([
      {
        involvedObject: { kind: 'Service', name: 'held' },
        message: `Cluster IP [IPv4]: ${clusterIP} is not allocated; repairing`,
        action: 'ClusterIPAllocation',
        type: 'Warning',
      },
    ])
  })
})

describe('an IPAddress that says it is ours', () => {
  it('and belongs to something else goes', async () => {
    const api = await cluster(1)
    const [client] = api.clients as [ServiceClient]
    const labels = { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' }
    const body = { metadata: { name: '10.96.9.9', labels }, spec: { parentRef: { resource: 'foos', name: 'x' } } }
    expect((await client.send('POST', addresses, body)).status).toBe(201)
    await expect.poll(async () => (await client.address('10.96.9.9')).status).toBe(404)
    const { json } = await client.send('GET', '/api/v1/namespaces/default/events')
    expect(json.items[0].message).toBe(
      'IPAddress 10.96.9.9 appears to have been modified, not referencing a Service &ParentReference{Group:,Resource:foos,Namespace:,Name:x,}: cleaning up',
    )
    await api.stop()
  })
})

describe('a small block', () => {
  it('is given out to the last address, then says that it is full', async () => {
    const api = await cluster(1, { serviceClusterIpRange: '10.0.0.0/29' })
    const [client] = api.clients as [ServiceClient]
    // one of the six is the `kubernetes` Service's
    const made = await Promise.all(Array.from({ length: 5 }, (_, i) => client.create(`s${i}`)))
    expect(new Set(made.map(({ json }) => json.spec.clusterIP)).size).toBe(5)
    const full = await client.create('full')
    expect([full.status, full.json.message]).toEqual([
      500,
      'Internal error occurred: failed to allocate a serviceIP for Service "full": range is full',
    ])
    await api.stop()
  })
})

describe('two families', () => {
  let api: Awaited<ReturnType<typeof cluster>>
  let client: ServiceClient
  beforeAll(async () => {
    api = await cluster(1, { serviceClusterIpRange: '10.96.0.0/16,fd00:10:96::/112' })
    client = api.clients[0] as ServiceClient
  })
  afterAll(() => api.stop())

  it('are given to who requires or prefers both, the default one first', async () => {
    expect((await client.send('GET', `${cidrs}/kubernetes`)).json.spec.cidrs).toEqual([
      '10.96.0.0/16',
      'fd00:10:96::/112',
    ])
    for (const ipFamilyPolicy of ['RequireDualStack', 'PreferDualStack']) {
      const { json } = await client.create(ipFamilyPolicy.toLowerCase(), { ipFamilyPolicy })
      expect(json.spec.ipFamilies).toEqual(['IPv4', 'IPv6'])
      expect(json.spec.clusterIPs).toEqual([expect.stringMatching(/^10\.96\./), expect.stringMatching(/^fd00:10:96::/)])
      for (const ip of json.spec.clusterIPs) expect((await client.address(ip)).status).toBe(200)
    }
    const six = await client.create('six', { ipFamilies: ['IPv6'] })
    expect(six.json.spec.clusterIP).toMatch(/^fd00:10:96::/)
  })

  it('come by an upgrade and go by a downgrade', async () => {
    const made = await client.create('grows')
    const { clusterIP } = made.json.spec
    const grown = await client.merge('grows', { spec: { ipFamilyPolicy: 'RequireDualStack' } })
    const [first, second] = grown.json.spec.clusterIPs
    expect([first, grown.json.spec.ipFamilies]).toEqual([clusterIP, ['IPv4', 'IPv6']])
    expect((await client.address(second)).json.spec.parentRef.name).toBe('grows')
    const refused = await client.merge('grows', { spec: { clusterIPs: [first] } })
    expect(refused.json.message).toContain("must be 'SingleStack' to release the secondary cluster IP")
    const shrunk = await client.merge('grows', { spec: { ipFamilyPolicy: 'SingleStack' } })
    expect(shrunk.json.spec).toMatchObject({ clusterIPs: [first], ipFamilies: ['IPv4'] })
    expect((await client.address(second)).status).toBe(404)
  })
})

describe('node ports', () => {
  let api: Awaited<ReturnType<typeof cluster>>
  let client: ServiceClient
  beforeAll(async () => {
    api = await cluster(1)
    client = api.clients[0] as ServiceClient
  })
  afterAll(() => api.stop())

  it('come from above the lower band, one for each number', async () => {
    const spec = {
      type: 'NodePort',
      ports: [
        { name: 'tcp', port: 53 },
        { name: 'udp', port: 53, protocol: 'UDP' },
        { name: 'web', port: 80 },
      ],
    }
    const { json } = await client.create('several', spec)
    const [tcp, udp, web] = json.spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort)
    expect(tcp).toBe(udp)
    expect(web).not.toBe(tcp)
    expect(Math.min(tcp, web)).toBeGreaterThanOrEqual(30_086)
  })

  it('are refused in upstream’s words, and given back', async () => {
    const asked = (nodePort: number) => ({ type: 'NodePort', ports: [{ port: 80, nodePort }] })
    expect((await client.create('low', asked(80))).json.message).toBe(
      'Service "low" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    )
    expect((await client.create('one', asked(30_001))).status).toBe(201)
    expect((await client.create('two', asked(30_001))).json.message).toBe(
      'Service "two" is invalid: spec.ports[0].nodePort: Invalid value: 30001: provided port is already allocated',
    )
    expect((await client.create('two', asked(30_001), '?dryRun=All')).status).toBe(422)
    await client.remove('one')
    expect((await client.create('two', asked(30_001), '?dryRun=All')).status).toBe(201)
    expect((await client.create('two', asked(30_001))).status).toBe(201)
    // to a type that has none, though the client sends it again
    const changed = await client.merge('two', { spec: { type: 'ClusterIP' } })
    expect([changed.status, changed.json.spec.ports[0].nodePort]).toEqual([200, undefined])
    expect((await client.create('three', asked(30_001))).status).toBe(201)
  })

  it('stay through an update that leaves them out', async () => {
    const made = await client.create('kept', { type: 'NodePort' })
    const replaced = await client.replace('kept', { type: 'NodePort' })
    expect(replaced.json.spec.ports).toEqual(made.json.spec.ports)
    const moved = await client.replace('kept', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_003 }] })
    expect(moved.json.spec.ports[0].nodePort).toBe(30_003)
    const free = made.json.spec.ports[0].nodePort
    const again = await client.create('again', { type: 'NodePort', ports: [{ port: 80, nodePort: free }] })
    expect(again.status).toBe(201)
  })

  it('of a load balancer have one for its health check', async () => {
    const made = await client.create('balanced', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' })
    const { healthCheckNodePort } = made.json.spec
    expect(healthCheckNodePort).toBeGreaterThanOrEqual(30_086)
    const taken = await client.create('other', {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort,
    })
    expect([taken.status, taken.json.message]).toEqual([
      500,
      `Internal error occurred: failed to allocate requested HealthCheck NodePort ${healthCheckNodePort}: provided port is already allocated`,
    ])
    const changed = await client.merge('balanced', { spec: { externalTrafficPolicy: 'Cluster' } })
    expect(changed.json.spec.healthCheckNodePort).toBeUndefined()
    const none = await client.create('none', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false })
    expect(none.json.spec.ports[0].nodePort).toBeUndefined()
  })

  it('of a dry run are shown and not taken', async () => {
    const { json } = await client.create('dry', { type: 'NodePort' }, '?dryRun=All')
    expect(json.spec.ports[0].nodePort).toBe(32_769)
  })
})

describe('two api-servers over one store', () => {
  it('never give one address or port to two Services', async () => {
    const api = await cluster(2, { serviceClusterIpRange: '10.0.0.0/26', serviceNodePortRange: '30000-30059' })
    const [a, b] = api.clients as [ServiceClient, ServiceClient]
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? a : b).create(`s${i}`, { type: 'NodePort' })),
    )
    expect(made.map(({ status }) => status)).toEqual(Array(50).fill(201))
    expect(new Set(made.map(({ json }) => json.spec.clusterIP)).size).toBe(50)
    expect(new Set(made.map(({ json }) => json.spec.ports[0].nodePort)).size).toBe(50)
    // one address, asked for by many at once: one gets it
    const asked = await Promise.all(
      Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? a : b).create(`one-${i}`, { clusterIP: freeOf(made) })),
    )
    expect(asked.filter(({ status }) => status === 201)).toHaveLength(1)
    await api.stop()
  })
})

/** An address of 10.0.0.0/26 that none of the Services has. */
function freeOf(made: readonly { json: { spec: { clusterIP: string } } }[]): string {
  const taken = new Set(made.map(({ json }) => json.spec.clusterIP))
  for (let i = 2; i < 63; i++) if (!taken.has(`10.0.0.${i}`)) return `10.0.0.${i}`
  throw new Error('no address is free')
}

describe('a Service that goes', () => {
  it('takes its endpoints with it', async () => {
    const api = await cluster(1)
    const [client] = api.clients as [ServiceClient]
    await client.create('ends')
    const endpoints = '/api/v1/namespaces/default/endpoints'
    await client.send('POST', endpoints, {
      metadata: { name: 'ends' },
      subsets: [{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 80 }] }],
    })
    await client.remove('ends')
    expect((await client.send('GET', `${endpoints}/ends`)).status).toBe(404)
    await api.stop()
  })
})
