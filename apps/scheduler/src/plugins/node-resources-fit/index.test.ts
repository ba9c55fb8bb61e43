import { describe, expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { nodeResourcesFit } from './index.ts'

const fit = nodeResourcesFit()
const asking = (requests: Record<string, string>, nodeName?: string, name = 'p') =>
  testPod(name, {
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }], ...(nodeName ? { nodeName } : {}) },
  })
const node = (name: string, allocatable: Record<string, string>) => ({
  ...testNode(name),
  status: { allocatable: { pods: '10', ...allocatable } },
})

describe('a node with 2 CPUs and 4 GiB, of which 1 CPU and 1 GiB are asked for', () => {
  const cluster = testCluster(
    [node('n', { cpu: '2', memory: '4Gi', 'example.com/gpu': '1' })],
    [asking({ cpu: '1', memory: '1Gi' }, 'n', 'running')],
  )
  test.each([
    ['nothing', {}, ''],
    ['what is left exactly', { cpu: '1', memory: '3Gi' }, ''],
    ['a thousandth more', { cpu: '1001m' }, 'Insufficient cpu'],
    ['a fraction of a thousandth is rounded up', { cpu: '1000.1m' }, 'Insufficient cpu'],
    ['a byte more', { memory: '3221225473' }, 'Insufficient memory'],
    ['both', { cpu: '3', memory: '5G' }, 'Insufficient cpu, Insufficient memory'],
    ['one gpu', { 'example.com/gpu': '1' }, ''],
    ['two gpus', { 'example.com/gpu': '2' }, 'Insufficient example.com/gpu'],
    ['what no node has', { 'example.com/fpga': '1' }, 'Insufficient example.com/fpga'],
    ['exponents', { memory: '4e9' }, 'Insufficient memory'],
  ])('%s', (_, requests, reason) => {
    expect(cluster.reject(fit, asking(requests))).toEqual(reason === '' ? {} : { n: reason })
  })

  test('preemption is thought of only where the whole node would be enough', () => {
    const resolvable = (cpu: string) => fit.filter?.(cluster.info(asking({ cpu })), cluster.cache)?.(0)?.resolvable
    expect(resolvable('2')).toBe(true)
    expect(resolvable('2001m')).toBe(false)
  })
})

test('a full node has too many pods', () => {
  const cluster = testCluster([node('n', { pods: '1' })], [asking({}, 'n', 'running')])
  expect(cluster.reject(fit, asking({}))).toEqual({ n: 'Too many pods' })
})

describe('what a pod asks for', () => {
  const container = (cpu: string, more: object = {}) => ({
    name: cpu,
    image: 'i',
    resources: { requests: { cpu } },
    ...more,
  })
  const always = { restartPolicy: 'Always' }
  test.each([
    ['the sum of its containers', { containers: [container('1'), container('500m')] }, 1_500],
    [
      'or the largest init container',
      { containers: [container('1')], initContainers: [container('3'), container('2')] },
      3_000,
    ],
    [
      'sidecars count with the containers',
      { containers: [container('1')], initContainers: [container('1', always)] },
      2_000,
    ],
    [
      'and with later init containers only',
      { containers: [container('1')], initContainers: [container('2'), container('1', always), container('2')] },
      3_000,
    ],
    ['plus overhead', { containers: [container('1')], overhead: { cpu: '250m' } }, 1_250],
    ['the pod as a whole wins', { containers: [container('1')], resources: { requests: { cpu: '4' } } }, 4_000],
  ])('%s', (_, spec, cpu) => {
    expect(testCluster([]).info(testPod('p', { spec })).template.requests.cpu).toBe(cpu)
  })
})

test('least allocated: what would be left, the mean of CPU and memory', () => {
  const nodes = [node('big', { cpu: '4', memory: '10000' }), node('used', { cpu: '4', memory: '10000' })]
  const cluster = testCluster(nodes, [asking({ cpu: '3', memory: '5000' }, 'used', 'running')])
  // big: (4000-1000)*100/4000 = 75 and (10000-2000)*100/10000 = 80; used: 0 and 30
  expect(cluster.score(fit, asking({ cpu: '1', memory: '2000' }))).toEqual({ big: 77, used: 15 })
})

test('most allocated turns it round', () => {
  const most = nodeResourcesFit({ strategy: 'MostAllocated', resources: [{ name: 'cpu', weight: 1 }] })
  const nodes = [node('empty', { cpu: '4' }), node('used', { cpu: '4' })]
  const cluster = testCluster(nodes, [asking({ cpu: '2' }, 'used', 'running')])
  expect(cluster.score(most, asking({ cpu: '1' }))).toEqual({ empty: 25, used: 75 })
})

test('pods that ask for nothing are spread as if they asked for 100m and 200Mi', () => {
  const nodes = [node('a', { cpu: '1', memory: '1Gi' }), node('b', { cpu: '1', memory: '1Gi' })]
  const cluster = testCluster(nodes, [asking({}, 'a', 'running')])
  expect(cluster.score(fit, asking({}))).toEqual({ a: 70, b: 85 })
})
