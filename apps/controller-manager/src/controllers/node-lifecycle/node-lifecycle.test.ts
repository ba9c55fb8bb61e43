import { manualClock } from '@kubets/client/testing'
import { describe, expect, test } from 'vitest'
import type { ConditionFacts, NodeInfo } from '../../nodes/node-info.ts'
import { conditionTaints, evictionTaints } from './condition-taints.ts'
import { observe, unknownConditions } from './node-health.ts'
import { reconciledLabels } from './reconciled-labels.ts'
import { TaintQueue } from './taint-queue.ts'
import { planDisruption, type ZoneState, zoneOf, zoneState } from './zones.ts'

const condition = (type: string, status: string, lastHeartbeatTime = '2026-01-01T00:00:00Z'): ConditionFacts => ({
  type,
  status,
  lastHeartbeatTime,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})
const node = (more: Partial<NodeInfo> = {}): NodeInfo => ({
  name: 'n',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  labels: {},
  taints: [],
  unschedulable: false,
  conditions: [],
  ...more,
})
const taint = (key: string, effect = 'NoSchedule') => ({ key: `node.kubernetes.io/${key}`, effect })

describe('conditions become NoSchedule taints', () => {
  test.each([
    [[condition('Ready', 'True')], [], []],
    [[condition('Ready', 'False')], ['not-ready'], []],
    [[condition('Ready', 'Unknown')], ['unreachable'], []],
    [
      [condition('Ready', 'True'), condition('MemoryPressure', 'True'), condition('DiskPressure', 'True')],
      ['memory-pressure', 'disk-pressure'],
      [],
    ],
    [
      [condition('PIDPressure', 'True'), condition('NetworkUnavailable', 'True')],
      ['pid-pressure', 'network-unavailable'],
      [],
    ],
    // pressure that nobody knows of keeps nothing away
    [[condition('MemoryPressure', 'Unknown'), condition('NetworkUnavailable', 'False')], [], []],
  ])('%j', (conditions, add, remove) => {
    const change = conditionTaints(node({ conditions }))
    expect(change).toEqual({ add: add.map(key => taint(key)), remove })
  })

  test('what no longer holds is taken away; what others have set stays', () => {
    const foreign = [taint('not-ready', 'NoExecute'), { key: 'mine', effect: 'NoSchedule' }, taint('out-of-service')]
    const taints = [taint('not-ready'), taint('unschedulable'), taint('disk-pressure'), ...foreign]
    const conditions = [condition('Ready', 'True'), condition('DiskPressure', 'True')]
    expect(conditionTaints(node({ conditions, taints }))).toEqual({
      add: [],
      remove: [taint('not-ready'), taint('unschedulable')],
    })
  })

  test('a cordoned node is one that takes no pods', () => {
    expect(conditionTaints(node({ unschedulable: true }))).toEqual({ add: [taint('unschedulable')], remove: [] })
  })

  test('of the two that make pods leave one is there at most', () => {
    const [notReady, unreachable] = [taint('not-ready', 'NoExecute'), taint('unreachable', 'NoExecute')]
    expect(evictionTaints('False')).toEqual({ add: [notReady], remove: [unreachable] })
    expect(evictionTaints('Unknown')).toEqual({ add: [unreachable], remove: [notReady] })
    expect(evictionTaints('True')).toEqual({ add: [], remove: [notReady, unreachable] })
  })
})

test.each([
  [{}, undefined],
  [{ 'beta.kubernetes.io/os': 'x' }, undefined],
  [{ 'kubernetes.io/os': 'linux', 'beta.kubernetes.io/os': 'linux' }, undefined],
  [
    { 'kubernetes.io/os': 'linux', 'beta.kubernetes.io/os': 'x', 'kubernetes.io/arch': 'arm64' },
    { 'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': 'arm64' },
  ],
])('the old labels of %j are mended by %j', (labels, expected) => {
  expect(reconciledLabels(labels)).toEqual(expected)
})

describe('a node is heard of', () => {
  const created = Date.parse('2026-01-01T00:00:00Z')
  const ready = condition('Ready', 'True')

  test('since its creation, while it has not said how it is', () => {
    const first = observe(undefined, node(), undefined, created + 5_000)
    expect(first.heardOf).toBe(created)
    expect(observe(first, node(), undefined, created + 9_000).heardOf).toBe(created)
  })

  test('when it is first seen, however old its heartbeat is', () => {
    expect(observe(undefined, node({ conditions: [ready] }), undefined, 777_000).heardOf).toBe(777_000)
  })

  test('when its heartbeat changes, to whatever its clock says', () => {
    const first = observe(undefined, node({ conditions: [ready] }), undefined, 1_000)
    expect(observe(first, node({ conditions: [ready] }), undefined, 2_000).heardOf).toBe(1_000)
    const earlier = condition('Ready', 'True', '2020-01-01T00:00:00Z')
    expect(observe(first, node({ conditions: [earlier] }), undefined, 3_000).heardOf).toBe(3_000)
  })

  test('when its lease is renewed', () => {
    const first = observe(undefined, node({ conditions: [ready] }), '2026-01-01T00:00:01.000000Z', 1_000)
    const same = observe(first, node({ conditions: [ready] }), '2026-01-01T00:00:01.000000Z', 2_000)
    expect(same.heardOf).toBe(1_000)
    const again = observe(same, node({ conditions: [ready] }), '2026-01-01T00:00:02.000000Z', 3_000)
    expect(again.heardOf).toBe(3_000)
    // a lease that is gone takes nothing back
    expect(observe(again, node({ conditions: [ready] }), undefined, 4_000).heardOf).toBe(3_000)
  })

  test('no more: its conditions become unknown, in the words of whether it ever was', () => {
    const conditions = [condition('Ready', 'True'), condition('MemoryPressure', 'Unknown'), condition('Other', 'True')]
    const lastTransitionTime = '2026-01-01T00:01:00Z'
    const never = {
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
      lastHeartbeatTime: '2026-01-01T00:00:00Z',
      lastTransitionTime,
    }
    expect(unknownConditions(node({ conditions }), created + 60_000)).toEqual([
      {
        type: 'Ready',
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime,
      },
      { type: 'DiskPressure', ...never },
      { type: 'PIDPressure', ...never },
    ])
  })
})

describe('zones', () => {
  test.each([
    [{}, ''],
    [{ 'topology.kubernetes.io/zone': 'a' }, ':\0:a'],
    [{ 'topology.kubernetes.io/zone': 'a', 'topology.kubernetes.io/region': 'r' }, 'r:\0:a'],
    [{ 'topology.kubernetes.io/zone': 'a', 'failure-domain.beta.kubernetes.io/zone': 'b' }, ':\0:b'],
  ])('labels %j are of the zone %j', (labels, zone) => {
    expect(zoneOf(labels)).toBe(zone)
  })

  const nodes = (ready: number, others: number) => [...Array(ready).fill('True'), ...Array(others).fill('Unknown')]
  test.each([
    [3, 0, 'Normal'],
    [0, 1, 'FullDisruption'],
    [1, 1, 'Normal'],
    [1, 2, 'Normal'], // fewer than three
    [2, 3, 'PartialDisruption'],
    [3, 3, 'Normal'], // 0.5 < 0.55
    [45, 55, 'PartialDisruption'],
  ])('%i ready and %i not is %s', (ready, others, state) => {
    expect(zoneState(nodes(ready, others), 0.55)).toBe(state)
  })

  const rates = {
    evictionRate: 0.1,
    secondaryEvictionRate: 0.01,
    largeClusterSizeThreshold: 50,
    unhealthyZoneThreshold: 0.55,
  }
  const plan = (before: Record<string, ZoneState>, zones: Record<string, string[]>) => {
    const {
      states,
      rates: changed,
      ...rest
    } = planDisruption(new Map(Object.entries(before)), new Map(Object.entries(zones)), rates)
    return { states: Object.fromEntries(states), rates: Object.fromEntries(changed), ...rest }
  }
  const quiet = { nobodyReady: false, somebodyReady: false }

  test('a zone in trouble evicts slowly when it is large, and not at all when it is small', () => {
    expect(plan({ big: 'Normal', small: 'Normal' }, { big: nodes(20, 60), small: nodes(1, 9) })).toEqual({
      states: { big: 'PartialDisruption', small: 'PartialDisruption' },
      rates: { big: 0.01, small: 0 },
      ...quiet,
    })
  })

  test('one zone that is down altogether evicts as ever, while another is not', () => {
    expect(plan({ a: 'Normal', b: 'Normal' }, { a: nodes(0, 3), b: nodes(3, 0) })).toEqual({
      states: { a: 'FullDisruption', b: 'Normal' },
      rates: { a: 0.1 },
      ...quiet,
    })
  })

  test('all zones down is our own trouble: nothing is evicted until somebody is back', () => {
    const down = { a: nodes(0, 3), b: nodes(0, 1) }
    const full = { a: 'FullDisruption', b: 'FullDisruption' } as const
    expect(plan({ a: 'FullDisruption', b: 'Normal' }, down)).toEqual({
      states: full,
      rates: { a: 0, b: 0 },
      nobodyReady: true,
      somebodyReady: false,
    })
    expect(plan(full, down)).toEqual({ states: full, rates: {}, ...quiet })
    expect(plan(full, { a: nodes(0, 3), b: nodes(1, 0) })).toEqual({
      states: { a: 'FullDisruption', b: 'Normal' },
      rates: { a: 0.1, b: 0.1 },
      nobodyReady: false,
      somebodyReady: true,
    })
  })

  test('zones come and go', () => {
    expect(plan({ old: 'Normal' }, { young: nodes(1, 0) })).toEqual({
      states: { young: 'Normal' },
      rates: { young: 0.1 },
      ...quiet,
    })
    expect(plan({ old: 'Normal' }, {})).toEqual({ states: {}, rates: {}, ...quiet })
  })
})

describe('nodes are tainted', () => {
  async function queue(rate: number, outcome: (node: string) => boolean = () => true) {
    const clock = manualClock()
    const tainted: string[] = []
    const made = new TaintQueue({
      clock,
      rate,
      async taint(name) {
        tainted.push(name)
        return outcome(name)
      },
    })
    const settle = () => new Promise(resolve => setImmediate(resolve))
    const advance = async (ms: number) => {
      clock.advance(ms)
      await settle()
    }
    return { made, tainted, advance, settle }
  }

  test('so many a second, each once', async () => {
    const { made, tainted, advance, settle } = await queue(0.1)
    expect(['a', 'b', 'c', 'a'].map(name => made.add(name))).toEqual([true, true, true, false])
    await settle()
    expect(tainted).toEqual(['a'])
    await advance(9_999)
    expect(tainted).toEqual(['a'])
    await advance(1)
    expect(tainted).toEqual(['a', 'b'])
    expect(made.remove('c')).toBe(true)
    await advance(60_000)
    expect(tainted).toEqual(['a', 'b'])
    // it was tainted, and stays known until it is removed
    expect(made.add('a')).toBe(false)
    made.remove('a')
    expect(made.add('a')).toBe(true)
    await settle()
    expect(tainted).toEqual(['a', 'b', 'a'])
  })

  test('again in their turn when it failed', async () => {
    let broken = true
    const { made, tainted, advance, settle } = await queue(1, name => name !== 'a' || !broken)
    made.add('a')
    made.add('b')
    await settle()
    await advance(1_000)
    broken = false
    await advance(1_000)
    await advance(5_000)
    expect(tainted).toEqual(['a', 'b', 'a'])
  })

  test('not at rate 0, and a whole turn after it is another one', async () => {
    const { made, tainted, advance } = await queue(0.1)
    made.rate = 0
    made.add('a')
    await advance(100_000)
    expect(tainted).toEqual([])
    made.rate = 0.1
    await advance(9_999)
    expect(tainted).toEqual([])
    await advance(1)
    expect(tainted).toEqual(['a'])
  })

  test('no more once it has ended', async () => {
    const { made, tainted, advance } = await queue(1)
    made.add('a')
    made.add('b')
    await made[Symbol.asyncDispose]()
    await advance(10_000)
    expect(tainted).toEqual(['a'])
  })
})
