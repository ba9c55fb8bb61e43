import { type Clock, systemClock } from '@kubets/component'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createByteStore } from './byte-store.ts'
import type { Criterion, Entry } from './contract.ts'
import { EntryFactory, type StoredEntry } from './entry.ts'
import { FormCache } from './form-cache.ts'
import { ListIndexes } from './list-indexes.ts'
import { OrderedMap } from './ordered-map.ts'
import { facts, pods } from './testing/fixture.ts'

const kind = '/registry/pods/'
const node = (value: string): Criterion => ({ of: 'field', name: 'spec.nodeName', value })
const label = (name: string, value: string): Criterion => ({ of: 'label', name, value })
const meets = (entry: Entry, { of, name, value }: Criterion) =>
  of === 'label' ? entry.labels[name] === value : (entry.fields[name] ?? '') === value
const keys = (entries: Iterable<Entry>, criteria: readonly Criterion[]) =>
  [...entries]
    .filter(entry => criteria.every(one => meets(entry, one)))
    .map(({ key, modRevision }) => `${key}@${modRevision}`)

class Subject {
  readonly map = new OrderedMap<StoredEntry>()
  readonly indexes: ListIndexes
  readonly #entries = new EntryFactory(createByteStore(), new FormCache(1_000), facts)
  #revision = 0

  constructor(atLeast: number, clock: Clock = systemClock) {
    this.indexes = new ListIndexes(this.map, clock, atLeast)
  }

  put(key: string, object: object): void {
    const revision = ++this.#revision
    const value = Buffer.from(JSON.stringify(object))
    const entry = this.#entries.make({ key, value, createRevision: revision, modRevision: revision })
    this.indexes.changed(key, this.map.set(key, entry), entry)
  }

  delete(key: string): void {
    const old = this.map.delete(key)
    if (old) this.indexes.changed(key, old, undefined)
  }

  list(range: { start: string; end: string }, criteria: readonly Criterion[]) {
    const view = this.map.view()
    const found = this.indexes.narrowed(view, kind, range, criteria)
    return { found: found && keys(found, criteria), all: keys(view.range(range.start, range.end), criteria) }
  }
}

const some = (values: string[]) => fc.constantFrom(...values)
const object = fc.record(
  {
    node: some(['n1', 'n2', 'n3', '']),
    labels: fc.record({ app: some(['web', 'db', '']), tier: some(['a', 'b']) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
)
const key = fc
  .record({ namespace: some(['a', 'b']), name: fc.integer({ min: 0, max: 40 }), of: some(['pods', 'pods', 'nodes']) })
  .map(one => `/registry/${one.of}/${one.namespace}/p${one.name}`)
const range = fc.oneof(
  fc.constant(pods),
  fc.constant({ start: '/registry/pods/a/', end: '/registry/pods/a0' }),
  // a page that goes on
  fc.integer({ min: 0, max: 40 }).map(i => ({ start: `/registry/pods/a/p${i}\0`, end: pods.end })),
)
const criteria = fc.uniqueArray(
  fc.oneof(
    some(['n1', 'n2', '', 'nowhere']).map(node),
    some(['web', 'db', '', 'none']).map(value => label('app', value)),
    some(['a', 'constructor']).map(value => label('tier', value)),
    fc.constant(label('constructor', 'x')),
  ),
  { minLength: 1, maxLength: 3, selector: ({ of, name }) => `${of} ${name}` },
)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), key, object }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('list' as const), range, criteria }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prepare' as const), range, criteria, wait: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
)

test('what indexes find is what a look at everything finds, in the same order, at any moment of their filling', async () => {
  let found = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 200 }), async steps => {
      const subject = new Subject(1)
      for (const one of steps) {
        if (one.do === 'put') subject.put(one.key, one.object)
        else if (one.do === 'delete') subject.delete(one.key)
        else if (one.do === 'turn') await new Promise(resolve => setImmediate(resolve))
        else if (one.do === 'prepare') {
          const ready = subject.indexes.prepare(kind, one.range, one.criteria)
          if (one.wait) await ready
        } else {
          const list = subject.list(one.range, one.criteria)
          if (list.found === undefined) continue
          found++
          expect(list.found).toEqual(list.all)
        }
      }
    }),
    { numRuns: 300 },
  )
  // most kept indexes of so few values would be useless: there were some all the same
  expect(found).toBeGreaterThan(0)
})

const filled = (count: number, nodes: number) => {
  const subject = new Subject(1_000)
  for (let i = 0; i < count; i++)
    subject.put(`${kind}a/p${String(i).padStart(6, '0')}`, {
      node: `n${i % nodes}`,
      labels: { app: `a${i % 3}`, job: `j${i % 500}` },
    })
  return subject
}

test('a second index of one LIST knows what was written while the first was filled', async () => {
  const subject = filled(2_000, 5)
  // node: of no use, so the label has its turn
  const prepared = subject.indexes.prepare(kind, pods, [node('n1'), label('job', 'j7')])
  subject.put(`${kind}a/meanwhile`, { labels: { job: 'j7' } })
  await prepared
  const { found, all } = subject.list(pods, [label('job', 'j7')])
  expect(all).toHaveLength(5)
  expect(found).toEqual(all)
})

test('an index is kept where it finds few of many', async () => {
  const subject = filled(2_000, 100)
  await subject.indexes.prepare(kind, pods, [node('n7')])
  const { found, all } = subject.list(pods, [node('n7')])
  expect(all).toHaveLength(20)
  expect(found).toEqual(all)
  // the narrower one answers
  await subject.indexes.prepare(kind, pods, [label('job', 'j7')])
  const both = [node('n7'), label('job', 'j7')]
  expect([...(subject.indexes.narrowed(subject.map.view(), kind, pods, both) ?? [])]).toHaveLength(4)
  // values that nobody has
  expect(subject.list(pods, [node('elsewhere')]).found).toEqual([])
})

test('none is kept of what most objects share, and none is made for a short list', async () => {
  const subject = filled(2_000, 100)
  await subject.indexes.prepare(kind, pods, [label('app', 'a1')])
  expect(subject.list(pods, [label('app', 'a1')]).found).toBeUndefined()
  const short = filled(900, 100)
  await short.indexes.prepare(kind, pods, [node('n7')])
  expect(short.list(pods, [node('n7')]).found).toBeUndefined()
})

test('an older snapshot is not answered from the present', async () => {
  const subject = filled(2_000, 100)
  await subject.indexes.prepare(kind, pods, [node('n7')])
  const view = subject.map.view()
  subject.put(`${kind}a/new`, { node: 'n7' })
  expect(subject.indexes.narrowed(view, kind, pods, [node('n7')])).toBeUndefined()
  expect(subject.list(pods, [node('n7')]).found).toHaveLength(21)
})

test('a kind has six of labels and two more; one that nobody has asked for in five minutes makes room for another', async () => {
  let now = 0
  const clock: Clock = { now: () => now, after: () => () => undefined }
  const subject = new Subject(1, clock)
  const labels = Array.from({ length: 10 }, (_, i) => `l${i}`)
  for (let i = 0; i < 40; i++)
    subject.put(`${kind}a/p${i}`, {
      node: `n${i % 20}`,
      labels: Object.fromEntries(labels.map(name => [name, `v${i % 20}`])),
    })
  const has = (one: Criterion) => subject.list(pods, [one]).found !== undefined
  const prepare = (one: Criterion) => subject.indexes.prepare(kind, pods, [one])
  const l = (i: number) => label(`l${i}`, 'v1')
  for (let i = 0; i < 9; i++) await prepare(l(i))
  expect(labels.map((_, i) => has(l(i)))).toEqual([true, true, true, true, true, true, false, false, false, false])
  await prepare(node('n1'))
  expect(has(node('n1'))).toBe(true)
  now += 300_000
  for (let i = 1; i < 6; i++) has(l(i))
  await prepare(l(9))
  expect([has(l(0)), has(l(1)), has(l(9))]).toEqual([false, true, true])
})
