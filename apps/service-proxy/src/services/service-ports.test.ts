import type { EndpointSlice, Service } from '@kubets/api-types'
import { expect, test } from 'vitest'
import { chooseEndpoints } from './choose-endpoints.ts'
import { servicePorts } from './service-ports.ts'

const service = (spec: object) => ({ metadata: { namespace: 'ns', name: 'web' }, spec }) as Service
const slice = (endpoints: object[], ports: object[] = [{ name: '', port: 8080, protocol: 'TCP' }]) =>
  ({ addressType: 'IPv4', ports, endpoints }) as unknown as EndpointSlice
const at = (ip: string, conditions: object = {}, nodeName = 'here') => ({ addresses: [ip], conditions, nodeName })
const web = { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'], ports: [{ port: 80 }] }
const ports = (spec: object, slices: EndpointSlice[], family: 'IPv4' | 'IPv6' = 'IPv4') =>
  servicePorts([service(spec)], () => slices, family, 'here')
const ips = (endpoints: readonly { ip: string }[] | undefined) => endpoints?.map(({ ip }) => ip)

test.each([
  ['headless', { clusterIP: 'None', ports: [{ port: 80 }] }],
  ['without an address yet', { clusterIP: '', ports: [{ port: 80 }] }],
  ['a name elsewhere', { ...web, type: 'ExternalName' }],
  ['of the other family', { ...web, clusterIP: 'fd00::9', clusterIPs: ['fd00::9'] }],
])('a service that is %s has no rules', (_, spec) => {
  expect(ports(spec, [slice([at('10.1.0.1')])])).toEqual([])
})

test('each port finds the endpoints of its name and protocol', () => {
  const spec = {
    ...web,
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  }
  const found = ports(spec, [
    slice(
      [at('10.1.0.1')],
      [
        { name: 'dns', port: 5353, protocol: 'UDP' },
        { name: 'dns-tcp', port: 5454, protocol: 'TCP' },
      ],
    ),
  ])
  expect(found.map(port => [port.portName, port.protocol, port.endpoints[0]?.port])).toEqual([
    ['dns-tcp', 'tcp', 5454],
    ['dns', 'udp', 5353],
  ])
})

test('an endpoint that is in two slices for a moment counts once, as ready', () => {
  const [port] = ports(web, [slice([at('10.1.0.1', { ready: false })]), slice([at('10.1.0.1'), at('10.1.0.0')])])
  expect(ips(port?.endpoints)).toEqual(['10.1.0.0', '10.1.0.1'])
  expect(port?.endpoints[1]?.ready).toBe(true)
})

test('a node port counts only where the type has one', () => {
  const withNodePort = { ...web, ports: [{ port: 80, nodePort: 30080 }] }
  expect(ports({ ...withNodePort, type: 'ClusterIP' }, [])[0]?.nodePort).toBe(0)
  expect(ports({ ...withNodePort, type: 'NodePort' }, [])[0]?.nodePort).toBe(30080)
})

const going = { ready: false, serving: true, terminating: true }
test.each([
  ['ready ones', [at('a'), at('b', going), at('c', { ready: false })], ['a']],
  ['those that still serve where none is ready', [at('b', going), at('c', { ready: false })], ['b']],
  ['none where nothing serves', [at('c', { ready: false })], []],
])('policy Cluster takes %s', (_, endpoints, expected) => {
  const [port] = ports(web, [slice(endpoints)])
  expect(port && ips(chooseEndpoints(port).cluster)).toEqual(expected)
})

test('policy Local takes those of this node, and knows of others', () => {
  const local = { ...web, internalTrafficPolicy: 'Local' }
  const [here] = ports(local, [slice([at('a', {}, 'there'), at('b')])])
  expect(here && chooseEndpoints(here)).toMatchObject({ cluster: [], local: [{ ip: 'b' }], any: true })
  const [there] = ports(local, [slice([at('a', {}, 'there')])])
  expect(there && chooseEndpoints(there)).toMatchObject({ cluster: [], local: [], reachable: [], any: true })
})
