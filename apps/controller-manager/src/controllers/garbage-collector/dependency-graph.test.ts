import type { OwnerReference } from '@kubets/api-types'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ObjectFacts } from '../../discovery/resource-monitors.ts'
import { DependencyGraph } from './dependency-graph.ts'
import type { Identity } from './identity.ts'

let log: string[] = []
let graph: DependencyGraph
beforeEach(() => {
  log = []
  graph = new DependencyGraph({
    attemptToDelete: uid => log.push(`delete ${uid}`),
    attemptToDeleteLater: uid => log.push(`later ${uid}`),
    attemptToOrphan: uid => log.push(`orphan ${uid}`),
    invalidNamespace: ({ identity }, owner) => log.push(`${identity.uid} misses ${owner.uid}`),
  })
})
const took = () => log.splice(0)
const id = (uid: string, namespace = 'n', more: Partial<Identity> = {}): Identity => ({
  apiVersion: 'v1',
  kind: 'Thing',
  namespace,
  name: uid,
  uid,
  ...more,
})
const ref = (uid: string, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'Thing',
  name: uid,
  uid,
  ...more,
})
const facts = (owners: OwnerReference[] = [], more: Partial<ObjectFacts> = {}): ObjectFacts => ({
  uid: '',
  name: '',
  namespace: '',
  owners,
  deleting: false,
  finalizers: [],
  ...more,
})

describe('an owner that nobody has seen', () => {
  test('is asked for, and then stands in the graph as seen', () => {
    graph.observe(id('child'), facts([ref('parent')]), undefined)
    expect(took()).toEqual(['delete parent'])
    expect(graph.get('parent')?.virtual).toBe(true)
    graph.observe(id('parent'), facts(), undefined)
    expect(graph.get('parent')?.virtual).toBe(false)
    expect(graph.get('parent')?.dependents.map(({ identity }) => identity.uid)).toEqual(['child'])
    expect(took()).toEqual([])
  })

  test('leaves with its dependents looked at when the server does not have it', () => {
    graph.observe(id('child'), facts([ref('parent')]), undefined)
    took()
    graph.verifyAbsence(id('parent'))
    expect(graph.get('parent')).toBeUndefined()
    expect(graph.absentOwners.has(id('parent'))).toBe(true)
    expect(took()).toEqual(['delete child'])
  })

  test('and that dependents call differently is asked for under each name', () => {
    graph.observe(id('a'), facts([ref('parent', { name: 'one' })]), undefined)
    graph.observe(id('b'), facts([ref('parent', { name: 'two' })]), undefined)
    expect(took()).toEqual(['delete parent', 'delete b'])
    graph.verifyAbsence(id('parent', 'n', { name: 'one' }))
    expect(took()).toEqual(['delete a', 'later parent'])
    expect(graph.get('parent')?.identity.name).toBe('two')
    graph.observe(id('parent', 'n', { name: 'two' }), facts(), undefined)
    expect(graph.get('parent')?.dependents.length).toBe(2)
  })
})

test('an owner that goes has its dependents looked at', () => {
  graph.observe(id('parent'), facts(), undefined)
  graph.observe(id('child'), facts([ref('parent')]), undefined)
  expect(took()).toEqual([])
  graph.observeDeletion(id('parent'))
  expect(took()).toEqual(['delete child'])
  graph.observeDeletion(id('child'))
  expect(graph.size).toBe(0)
})

test('an owner in another namespace is reported, whichever is seen first', () => {
  graph.observe(id('parent', 'elsewhere'), facts(), undefined)
  graph.observe(id('child'), facts([ref('parent')]), undefined)
  expect(took()).toEqual(['child misses parent', 'delete child'])
  graph.observe(id('late-child'), facts([ref('late')]), undefined)
  took()
  graph.observe(id('late', 'elsewhere'), facts(), undefined)
  expect(took()).toEqual(['late-child misses late', 'delete late-child'])
  graph.observe(id('cluster', ''), facts(), undefined)
  graph.observe(id('fine'), facts([ref('cluster')]), undefined)
  expect(took()).toEqual([])
})

test('a deletion that waits for dependents, and one that lets them go, are begun once', () => {
  graph.observe(id('parent'), facts(), undefined)
  graph.observe(id('child'), facts([ref('parent', { blockOwnerDeletion: true })]), undefined)
  const waiting = facts([], { deleting: true, finalizers: ['foregroundDeletion'] })
  graph.observe(id('parent'), waiting, facts())
  expect(took()).toEqual(['delete child', 'delete parent'])
  graph.observe(id('parent'), waiting, waiting)
  expect(took()).toEqual([])
  graph.observeDeletion(id('child'))
  expect(took()).toEqual(['delete parent'])
  graph.observe(id('other'), facts([], { deleting: true, finalizers: ['orphan'] }), undefined)
  expect(took()).toEqual(['orphan other'])
})

test('a reference that is removed, or blocks no longer, wakes the owner that waits', () => {
  const blocking = ref('parent', { blockOwnerDeletion: true })
  graph.observe(id('parent'), facts(), undefined)
  graph.observe(id('child'), facts([blocking]), undefined)
  graph.observe(id('child'), facts([ref('parent')]), facts([blocking]))
  expect(took()).toEqual(['delete parent'])
  graph.observe(id('child'), facts([blocking]), facts([ref('parent')]))
  expect(took()).toEqual([])
  graph.observe(id('child'), facts(), facts([blocking]))
  expect(took()).toEqual(['delete parent'])
  expect(graph.get('parent')?.hasDependents).toBe(false)
})

test('absent owners are remembered, five hundred of them', () => {
  for (let i = 0; i <= 500; i++) graph.absentOwners.add(id(String(i)))
  expect([graph.absentOwners.has(id('0')), graph.absentOwners.has(id('1')), graph.absentOwners.has(id('500'))]).toEqual(
    [false, true, true],
  )
})
