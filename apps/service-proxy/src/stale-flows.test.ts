import { expect, test } from 'vitest'
import type { ServicePort } from './services/service-port.ts'
import { staleFlows } from './stale-flows.ts'

const dns = (ips: string[], more: Partial<ServicePort> = {}): ServicePort => ({
  namespace: 'kube-system',
  name: 'dns',
  portName: 'dns',
  protocol: 'udp',
  clusterIP: '10.96.0.10',
  port: 53,
  nodePort: 0,
  externalIPs: [],
  affinitySeconds: undefined,
  internalLocal: false,
  externalLocal: false,
  endpoints: ips.map(ip => ({ ip, port: 53, ready: true, serving: true, terminating: false, local: false })),
  ...more,
})
const flows = (before: ServicePort[], after: ServicePort[]) =>
  staleFlows(before, after, 'IPv4').map(args => args.join(' '))
const front = '-D -f ipv4 -p udp --orig-dst 10.96.0.10 --dport 53'

test('clients of an endpoint that has gone are led to another', () => {
  expect(flows([dns(['10.1.0.1', '10.1.0.2'])], [dns(['10.1.0.2', '10.1.0.3'])])).toEqual([
    `${front} --dst-nat 10.1.0.1`,
  ])
})

test('clients of a service that had no endpoint are led to its first', () => {
  expect(flows([dns([])], [dns(['10.1.0.1'])])).toEqual([front])
  expect(flows([], [dns(['10.1.0.1'])])).toEqual([front])
})

test('so are those of its node port and external addresses', () => {
  const more = { nodePort: 30053, externalIPs: ['192.0.2.7'] }
  expect(flows([dns(['10.1.0.1'], more)], [])).toEqual([
    `${front} --dst-nat 10.1.0.1`,
    '-D -f ipv4 -p udp --orig-dst 192.0.2.7 --dport 53 --dst-nat 10.1.0.1',
    '-D -f ipv4 -p udp --dport 30053 --dst-nat 10.1.0.1',
  ])
})

test('TCP and what stays as it was are left alone', () => {
  expect(flows([dns(['10.1.0.1'], { protocol: 'tcp' })], [])).toEqual([])
  expect(flows([dns(['10.1.0.1'])], [dns(['10.1.0.1', '10.1.0.2'])])).toEqual([])
})
