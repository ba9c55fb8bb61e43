import type { KubeObject, Service } from '@kubets/api-types'
import { createClient, resources } from '@kubets/client'
import { startServiceProxy } from '@kubets/service-proxy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ControlPlane, startControlPlane } from './control-plane.ts'

// The proxy under its own identity against a real api-server; what it would tell the kernel is kept here.
let plane: ControlPlane
beforeAll(async () => {
  plane = await startControlPlane()
})
afterAll(() => plane?.[Symbol.asyncDispose]())

const endpointsOf = (name: string, addresses: string[]) =>
  ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: addresses.map(address => ({ addresses: [address] })),
  }) as unknown as KubeObject

test('system:kube-proxy follows Services, their endpoints, its node and the ranges, and tells how it is', async () => {
  await using client = createClient(await plane.configOf('system:kube-proxy'))
  const transactions: (readonly string[])[] = []
  let broken = false
  const proxy = await startServiceProxy({
    client,
    nodeName: 'here',
    clusterCidrs: ['10.244.0.0/16'],
    minSyncPeriod: 50,
    health: { host: '127.0.0.1', port: 0 },
    metrics: { host: '127.0.0.1', port: 0 },
    conntrack: async () => undefined,
    async nft(lines) {
      if (broken) throw new Error('netlink: Error: Could not process rule')
      transactions.push(lines)
    },
  })
  try {
    await proxy.synced
    const written = () => transactions.flat().join('\n')
    expect(transactions[0]?.[0]).toBe('add table ip kube-proxy')
    // no address of the second family: its table is not asked of the kernel
    expect(written()).not.toContain('ip6')
    await expect.poll(written).toContain('drop comment "Drop traffic to unallocated ClusterIPs"')

    transactions.length = 0
    const made = await plane.client.create<Service>(resources.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { ports: [{ port: 80 }] },
    } as Service)
    const front = `${made.spec?.clusterIP} . tcp . 80`
    await expect.poll(written).toContain(`no-endpoint-services { ${front} : goto reject-chain }`)
    transactions.length = 0
    await plane.client.create(resources.endpointSlices, endpointsOf('web', ['10.244.1.5', '10.244.2.5']))
    await expect.poll(written).toContain('map { 0 : 10.244.1.5 . 8080, 1 : 10.244.2.5 . 8080 }')
    expect(written()).toContain(`delete element ip kube-proxy no-endpoint-services { ${front} }`)
    // headless ones are somebody else's
    await plane.client.create(resources.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'headless', namespace: 'default' },
      spec: { clusterIP: 'None', ports: [{ port: 80 }] },
    } as KubeObject)

    const ask = async (port: number | undefined, path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`)
      return { status: answer.status, text: await answer.text() }
    }
    // not known as a node: nothing may be sent here from outside
    const away = await ask(proxy.healthPort, '/healthz')
    expect([away.status, JSON.parse(away.text)]).toMatchObject([503, { nodeEligible: false, healthy: true }])
    expect((await ask(proxy.healthPort, '/livez')).status).toBe(200)
    await plane.client.create(resources.nodes, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'here' },
    } as KubeObject)
    await expect.poll(async () => (await ask(proxy.healthPort, '/healthz')).status).toBe(200)
    expect((await ask(proxy.metricsPort, '/proxyMode')).text).toBe('nftables')
    await plane.client.patch(
      resources.nodes,
      { name: 'here' },
      'merge',
      { status: { addresses: [{ type: 'InternalIP', address: '192.0.2.11' }] } },
      { subresource: 'status' },
    )
    await expect.poll(written).toContain('add element ip kube-proxy nodeport-ips { 192.0.2.11 }')

    broken = true
    await plane.client.delete(resources.services, { namespace: 'default', name: 'web' })
    const failures = async () =>
      /^kubeproxy_sync_proxy_rules_nftables_sync_failures_total\{ip_family="IPv4"\} (\d+)$/m.exec(
        (await ask(proxy.metricsPort, '/metrics')).text,
      )?.[1] ?? '0'
    await expect.poll(async () => Number(await failures())).toBeGreaterThan(1)
    broken = false
    transactions.length = 0
    await expect.poll(() => transactions.length).toBe(1)
    // all of it, since nobody knows what stands there after a failure
    expect(transactions[0]?.slice(0, 2)).toEqual(['add table ip kube-proxy', 'delete table ip kube-proxy'])
    expect(written()).not.toContain(front)
    const { text } = await ask(proxy.metricsPort, '/metrics')
    for (const name of [
      'sync_proxy_rules_duration_seconds_count{ip_family="IPv4"}',
      'sync_full_proxy_rules_duration_seconds_count{ip_family="IPv4"} 2',
      'sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"}',
      'sync_proxy_rules_service_changes_pending 0',
      'sync_proxy_rules_endpoint_changes_total',
      'proxy_healthz_total{code="503"}',
    ])
      expect(text).toContain(`kubeproxy_${name}`)
  } finally {
    await proxy.stop()
  }
}, 60_000)
