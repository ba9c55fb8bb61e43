import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Endpoint, ServicePort } from '../services/service-port.ts'
import { staleFlows } from '../stale-flows.ts'
import { FamilyTable } from './family-table.ts'
import { endpointChainBase, portChainBase } from './names.ts'
import { run } from './run-nft.ts'

// every transaction against the kernel's own tables, in a network namespace of the test's
const execute = promisify(execFile)
let holder: ReturnType<typeof spawn>
beforeAll(async () => {
  holder = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    holder.once('exit', code => reject(new Error(`no network namespace: unshare ended with ${code}`)))
    holder.stdout?.once('data', () => resolve())
  })
})
afterAll(() => void holder?.kill('SIGKILL'))

const inside = (...command: string[]) => [`--net=/proc/${holder.pid}/ns/net`, '--', ...command]
const nft = (lines: readonly string[]) => run('nsenter', inside('nft', '-f', '-'), `${lines.join('\n')}\n`)

/** The table as the kernel has it, in an order that does not depend on its history. */
async function table(family: 'ip' | 'ip6' = 'ip'): Promise<string[]> {
  const { stdout } = await execute('nsenter', inside('nft', '-j', 'list', 'table', family, 'kube-proxy'))
  const { nftables } = JSON.parse(stdout) as { nftables: Record<string, Record<string, unknown>>[] }
  const position = new Map<unknown, number>()
  return nftables
    .map(entry => {
      for (const part of Object.values(entry)) {
        if (entry.rule) {
          const place = position.get(part.chain) ?? 0
          position.set(part.chain, place + 1)
          part.place = place
        }
        delete part.handle
        if (Array.isArray(part.elem)) part.elem = part.elem.map(element => JSON.stringify(element)).sort()
      }
      return JSON.stringify(entry)
    })
    .sort()
}

const endpoint = (ip: string, more: Partial<Endpoint> = {}): Endpoint => ({
  ip,
  port: 8080,
  ready: true,
  serving: true,
  terminating: false,
  local: false,
  ...more,
})
const port = (name: string, more: Partial<ServicePort> = {}): ServicePort => ({
  namespace: 'ns',
  name,
  portName: 'http',
  protocol: 'tcp',
  clusterIP: '10.96.0.9',
  port: 80,
  nodePort: 0,
  externalIPs: [],
  affinitySeconds: undefined,
  internalLocal: false,
  externalLocal: false,
  endpoints: [endpoint('10.1.0.1', { local: true }), endpoint('10.1.1.1')],
  ...more,
})
const options = {
  family: 'IPv4',
  mark: '0x00004000',
  masqueradeAll: false,
  nodePorts: 'listed',
  clusterCidr: '10.1.0.0/16',
} as const
const ranges = { serviceCidrs: ['10.96.0.0/16'], nodePortIps: ['192.0.2.1'] }

const states: Record<string, ServicePort[]> = {
  nothing: [],
  'a service': [port('a')],
  'another endpoint': [port('a', { endpoints: [endpoint('10.1.1.1'), endpoint('10.1.1.2')] })],
  'no endpoint': [port('a', { endpoints: [] })],
  'no local endpoint': [port('a', { internalLocal: true, endpoints: [endpoint('10.1.1.1')] })],
  affinity: [port('a', { affinitySeconds: 60 })],
  'a longer affinity, one endpoint': [port('a', { affinitySeconds: 90, endpoints: [endpoint('10.1.1.1')] })],
  'node ports and external addresses': [
    port('a', { nodePort: 30080, externalIPs: ['192.0.2.7'] }),
    port('b', { clusterIP: '10.96.0.10', nodePort: 30081, externalLocal: true, protocol: 'udp' }),
    port('c', { clusterIP: '10.96.0.11', protocol: 'sctp', affinitySeconds: 60, nodePort: 30082, externalLocal: true }),
  ],
  'a node port without local endpoints': [
    port('b', { clusterIP: '10.96.0.10', nodePort: 30081, externalLocal: true, endpoints: [endpoint('10.1.1.9')] }),
  ],
}

test('a change by the smallest transaction ends where writing everything anew ends, from each state to each other', async () => {
  const wanted = new Map<string, string[]>()
  for (const [name, ports] of Object.entries(states)) {
    await new FamilyTable(options, nft).apply(ports, ranges)
    wanted.set(name, await table())
  }
  for (const before of Object.keys(states)) {
    const changing = new FamilyTable(options, nft)
    for (const [after, ports] of Object.entries(states)) {
      await changing.apply(states[before] ?? [], ranges)
      await changing.apply(ports, ranges)
      expect(await table(), `${before} → ${after}`).toEqual(wanted.get(after))
    }
  }
}, 60_000)

test('a change touches only what has changed', async () => {
  const lines: string[] = []
  const changing = new FamilyTable(options, async batch => void lines.push(...batch))
  const others = Array.from({ length: 50 }, (_, i) => port(`other-${i}`, { clusterIP: `10.96.1.${i}` }))
  await changing.apply([...others, port('a')], ranges)
  lines.length = 0
  await changing.apply([...others, port('a', { endpoints: [endpoint('10.1.0.1', { local: true })] })], ranges)
  expect(lines).toEqual([
    'flush chain ip kube-proxy service-JV5AMCJF-ns/a/tcp/http',
    'add rule ip kube-proxy service-JV5AMCJF-ns/a/tcp/http meta l4proto tcp dnat ip addr . port to numgen random mod 1 map { 0 : 10.1.0.1 . 8080 }',
  ])
  lines.length = 0
  await changing.apply([...others, port('a', { endpoints: [endpoint('10.1.0.1', { local: true })] })], ranges)
  expect(lines).toEqual([])
})

test('after a transaction that failed everything is written anew', async () => {
  let broken = false
  const flaky = new FamilyTable(options, async lines => {
    if (broken) throw new Error('netlink: Error: Could not process rule')
    await nft(lines)
  })
  await flaky.apply([port('a')], ranges)
  const good = await table()
  broken = true
  await expect(flaky.apply([], ranges)).rejects.toThrow('Could not process rule')
  broken = false
  expect((await flaky.apply([port('a')], ranges)).full).toBe(true)
  expect(await table()).toEqual(good)
})

test('IPv6 has a table of its own', async () => {
  const six = new FamilyTable({ ...options, family: 'IPv6', clusterCidr: 'fd01::/48' }, nft)
  const ports = [
    port('a', { clusterIP: 'fd00::9', nodePort: 30080, endpoints: [endpoint('fd01::1', { local: true })] }),
    port('b', { clusterIP: 'fd00::a', affinitySeconds: 60, endpoints: [endpoint('fd01::2')] }),
  ]
  await six.apply(ports, { serviceCidrs: ['fd00::/112'], nodePortIps: ['fd02::1'] })
  expect((await table('ip6')).join('\n')).toContain('fd01::2')
  await six.remove()
  await expect(table('ip6')).rejects.toThrow()
  await six.remove() // and again where there is none
})

test("chains carry upstream's names", () => {
  const known = port('svc1', { namespace: 'ns1', portName: 'p80' })
  expect(portChainBase(known)).toBe('ULMVA6XW-ns1/svc1/tcp/p80')
  expect(endpointChainBase(known, endpoint('10.180.0.1', { port: 80 }))).toBe(
    '5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80',
  )
})

test('conntrack understands what it is asked to forget', async () => {
  const udp = port('a', { protocol: 'udp', nodePort: 30080, externalIPs: ['192.0.2.7'] })
  for (const args of [...staleFlows([udp], [], 'IPv4'), ...staleFlows([], [udp], 'IPv4')])
    await expect(run('nsenter', inside('conntrack', ...args))).rejects.toThrow('0 flow entries have been deleted')
})
