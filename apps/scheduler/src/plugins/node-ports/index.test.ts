import { expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { nodePorts } from './index.ts'

const withPorts = (name: string, ports: object[], nodeName?: string) =>
  testPod(name, { spec: { containers: [{ name: 'c', image: 'i', ports }], ...(nodeName ? { nodeName } : {}) } })
const used = { hostPort: 80, protocol: 'TCP', hostIP: '10.0.0.1' }
const cluster = testCluster([testNode('n')], [withPorts('running', [used], 'n')])

test.each([
  ['a container port alone', { containerPort: 80 }, false],
  ['the same', used, true],
  ['another port', { ...used, hostPort: 81 }, false],
  ['another protocol', { ...used, protocol: 'UDP' }, false],
  ['another address', { ...used, hostIP: '10.0.0.2' }, false],
  ['any address', { hostPort: 80, hostIP: '0.0.0.0' }, true],
  ['no address, no protocol', { hostPort: 80 }, true],
])('%s', (_, port, refused) => {
  const expected = refused ? { n: "node(s) didn't have free ports for the requested pod ports" } : {}
  expect(cluster.reject(nodePorts, withPorts('p', [port]))).toEqual(expected)
})
