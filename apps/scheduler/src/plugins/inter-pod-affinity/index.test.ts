import { describe, expect, test } from 'vitest'
import { testNode, testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { interPodAffinity } from './index.ts'

const term = (app: string, more: object = {}) => ({
  topologyKey: 'zone',
  labelSelector: { matchLabels: { app } },
  ...more,
})
const pod = (
  app: string,
  more: { near?: object[]; away?: object[]; nodeName?: string; namespace?: string; name?: string } = {},
) =>
  testPod(more.name ?? app, {
    labels: { app },
    namespace: more.namespace ?? 'default',
    spec: {
      ...(more.nodeName ? { nodeName: more.nodeName } : {}),
      affinity: {
        ...(more.near ? { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: more.near } } : {}),
        ...(more.away ? { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: more.away } } : {}),
      },
    },
  })
const nodes = [
  testNode('a1', { labels: { zone: 'a' } }),
  testNode('a2', { labels: { zone: 'a' } }),
  testNode('b1', { labels: { zone: 'b' } }),
  testNode('nowhere'),
]
const notNear = "node(s) didn't match pod affinity rules"
const tooNear = "node(s) didn't match pod anti-affinity rules"
const unwanted = "node(s) didn't satisfy existing pods anti-affinity rules"

describe('with a db pod in zone a', () => {
  const cluster = testCluster(nodes, [pod('db', { nodeName: 'a1' })], { default: { team: 'x' }, other: { team: 'y' } })
  test.each([
    ['near it', pod('web', { near: [term('db')] }), { b1: notNear, nowhere: notNear }],
    [
      'on its host',
      pod('web', { near: [term('db', { topologyKey: 'kubernetes.io/hostname' })] }),
      { a2: notNear, b1: notNear, nowhere: notNear },
    ],
    ['away from it', pod('web', { away: [term('db')] }), { a1: tooNear, a2: tooNear }],
    [
      'near what does not run',
      pod('web', { near: [term('cache')] }),
      { a1: notNear, a2: notNear, b1: notNear, nowhere: notNear },
    ],
    [
      'the first of its own kind may start anywhere that has the label',
      pod('web', { near: [term('web')] }),
      { nowhere: notNear },
    ],
    [
      'of another namespace it means its own pods',
      pod('web', { near: [term('db')], namespace: 'other' }),
      { a1: notNear, a2: notNear, b1: notNear, nowhere: notNear },
    ],
    [
      'unless it names the namespace',
      pod('web', { near: [term('db', { namespaces: ['default'] })], namespace: 'other' }),
      { b1: notNear, nowhere: notNear },
    ],
    [
      'or selects it',
      pod('web', { away: [term('db', { namespaceSelector: { matchLabels: { team: 'x' } } })], namespace: 'other' }),
      { a1: tooNear, a2: tooNear },
    ],
    [
      'an empty namespaceSelector means all',
      pod('web', { away: [term('db', { namespaceSelector: {} })], namespace: 'other' }),
      { a1: tooNear, a2: tooNear },
    ],
  ])('%s', (_, incoming, expected) => {
    expect(cluster.reject(interPodAffinity, incoming)).toEqual(expected)
  })
})

test('a running pod keeps others away from its zone', () => {
  const cluster = testCluster(nodes, [pod('db', { nodeName: 'a1', away: [term('noisy')] })])
  expect(cluster.reject(interPodAffinity, pod('noisy'))).toEqual({ a1: unwanted, a2: unwanted })
  expect(cluster.reject(interPodAffinity, pod('quiet'))).toEqual({})
})

test('with several terms a pod counts only if it meets them all', () => {
  const cluster = testCluster(nodes, [pod('db', { nodeName: 'a1' })])
  const both = pod('web', { near: [term('db'), term('cache')] })
  expect(Object.keys(cluster.reject(interPodAffinity, both))).toEqual(['a1', 'a2', 'b1', 'nowhere'].sort())
})

test('wishes to be near add, wishes to be away take, both ways', () => {
  const wishing = (app: string, kind: 'podAffinity' | 'podAntiAffinity', other: string, nodeName?: string) =>
    testPod(app, {
      labels: { app },
      spec: {
        ...(nodeName ? { nodeName } : {}),
        affinity: {
          [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: term(other) }] },
        },
      },
    })
  const near = testCluster(nodes, [pod('db', { nodeName: 'a1' })])
  expect(near.score(interPodAffinity, wishing('web', 'podAffinity', 'db'))).toEqual({
    a1: 100,
    a2: 100,
    b1: 0,
    nowhere: 0,
  })
  const away = testCluster(nodes, [wishing('db', 'podAntiAffinity', 'web', 'a1')])
  expect(away.score(interPodAffinity, pod('web'))).toEqual({ a1: 0, a2: 0, b1: 100, nowhere: 100 })
  expect(near.score(interPodAffinity, pod('web'))).toEqual({})
})
