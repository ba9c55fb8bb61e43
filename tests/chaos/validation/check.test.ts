import { describe, expect, it, test } from 'vitest'
import type { Get, History, List, Operation, Version, WatchStretch, Write } from '../model/history.ts'
import { check } from './check.ts'

const version = (revision: number, key: string, mark?: string): Version => ({ revision, key, mark })
const during = (startedAt: number, endedAt: number) => ({ client: 1, server: 'one', startedAt, endedAt })

function write(kind: Write['kind'], key: string, mark: string | undefined, more: Partial<Write>): Write {
  return { ...during(0, 1), kind, key, mark, expected: undefined, outcome: 'ok', revision: undefined, ...more }
}
const get = (key: string, found: Get['found'], time: ReturnType<typeof during>): Get => ({
  ...time,
  kind: 'get',
  key,
  found,
})
const list = (revision: number, items: List['items'], time: ReturnType<typeof during>): List => ({
  ...time,
  kind: 'list',
  revision,
  items,
})

/** a is created, updated, deleted and created again, b is created in between. */
const versions = [
  version(10, 'a', 'a1'),
  version(12, 'a', 'a2'),
  version(13, 'b', 'b1'),
  version(15, 'a'),
  version(17, 'a', 'a3'),
]
const writes: Write[] = [
  write('create', 'a', 'a1', { revision: 10, ...during(0, 10) }),
  write('update', 'a', 'a2', { revision: 12, expected: 10, ...during(20, 30) }),
  write('create', 'b', 'b1', { revision: 13, ...during(25, 40) }),
  write('delete', 'a', undefined, { expected: 12, ...during(50, 60) }),
  write('create', 'a', 'a3', { revision: 17, ...during(70, 80) }),
]
const all: WatchStretch['events'] = [
  { type: 'ADDED', key: 'a', revision: 10, mark: 'a1' },
  { type: 'MODIFIED', key: 'a', revision: 12, mark: 'a2' },
  { type: 'ADDED', key: 'b', revision: 13, mark: 'b1' },
  { type: 'DELETED', key: 'a', revision: 15, mark: 'a2' },
  { type: 'ADDED', key: 'a', revision: 17, mark: 'a3' },
]
const good: History = {
  versions,
  operations: [
    ...writes,
    get('a', undefined, during(0, 1)),
    get('a', { revision: 10, mark: 'a1' }, during(12, 28)),
    get('a', undefined, during(61, 65)),
    list(
      14,
      [
        { key: 'a', revision: 12, mark: 'a2' },
        { key: 'b', revision: 13, mark: 'b1' },
      ],
      during(41, 49),
    ),
    write('create', 'a', 'a4', { outcome: 'refused', ...during(81, 82) }),
    write('update', 'a', 'a5', { outcome: 'unknown', expected: 10, startedAt: 15, endedAt: Number.POSITIVE_INFINITY }),
  ],
  watches: [
    { watcher: 1, after: 9, events: all },
    { watcher: 2, after: 12, events: all.slice(2, 4) },
  ],
}
const withOperations = (...operations: Operation[]): History => ({ ...good, operations: [...writes, ...operations] })
const told = (...events: WatchStretch['events']): History => ({ ...good, watches: [{ watcher: 1, after: 9, events }] })

describe('the checker', () => {
  it('finds nothing wrong with a history that may be', () => {
    expect(check(good).violations).toEqual([])
  })

  const without = (mark: string) => versions.filter(one => one.mark !== mark)
  const change = (index: number, more: Partial<Write>) =>
    writes.map((one, i) => (i === index ? { ...one, ...more } : one))
  const broken: [string, History, RegExp][] = [
    [
      'an acknowledged write that is lost',
      { ...good, watches: [], versions: without('b1'), operations: writes },
      /create of b .* is lost/,
    ],
    [
      'an acknowledged delete that is lost',
      { ...good, watches: [], versions: versions.slice(0, 3), operations: writes.slice(0, 4) },
      /delete of a .* is lost/,
    ],
    [
      'a write that stands at another revision than was told',
      { ...good, operations: change(2, { revision: 14 }) },
      /stands at another/,
    ],
    [
      'a write that was made twice',
      { ...good, watches: [], operations: writes, versions: [...versions, version(20, 'b', 'b1')] },
      /b1 was written twice/,
    ],
    [
      'a refused write that happened',
      { ...good, operations: change(2, { outcome: 'refused' }) },
      /refused, and stands at revision 13/,
    ],
    ['a value that nobody wrote', { ...good, operations: writes.filter((_, i) => i !== 2) }, /nobody wrote: b1/],
    [
      'a deletion that nobody asked for',
      { ...good, operations: writes.filter((_, i) => i !== 3) },
      /deleted at revision 15, and nobody/,
    ],
    [
      'an update that was lost to a race',
      {
        versions: [...versions, version(19, 'b', 'b2'), version(20, 'b', 'b3')],
        watches: [],
        operations: [
          ...writes,
          write('update', 'b', 'b2', { expected: 13, revision: 19, ...during(90, 95) }),
          write('update', 'b', 'b3', { expected: 13, revision: 20, ...during(90, 95) }),
        ],
      },
      /b3.* an update is lost/,
    ],
    [
      'a create over what was there',
      {
        ...good,
        watches: [],
        versions: [...versions, version(19, 'b', 'b9')],
        operations: [...writes, write('create', 'b', 'b9', { revision: 19, ...during(90, 91) })],
      },
      /made over a state that was there/,
    ],
    [
      'two acknowledgements for one deletion',
      withOperations(write('delete', 'a', undefined, { expected: 12, ...during(50, 62) })),
      /both acknowledged for one deletion/,
    ],
    [
      'a stale read',
      withOperations(get('a', { revision: 10, mark: 'a1' }, during(31, 35))),
      /get of a .* does not fit/,
    ],
    [
      'a read of what is deleted',
      withOperations(get('a', { revision: 12, mark: 'a2' }, during(61, 62))),
      /get of a .* does not fit/,
    ],
    [
      'a read that misses what is there',
      withOperations(get('b', undefined, during(41, 42))),
      /get of b .* does not fit/,
    ],
    [
      'time that goes backwards between two reads',
      withOperations(
        get('a', { revision: 12, mark: 'a2' }, during(21, 22)),
        get('a', { revision: 10, mark: 'a1' }, during(23, 24)),
      ),
      /get of a .* does not fit what the get of a/,
    ],
    [
      'time that goes backwards between two keys',
      withOperations(
        get('b', { revision: 13, mark: 'b1' }, during(26, 27)),
        get('a', { revision: 10, mark: 'a1' }, during(28, 29)),
      ),
      /get of a .* does not fit what the get of b/,
    ],
    [
      'a read of the future',
      withOperations(get('a', { revision: 17, mark: 'a3' }, during(62, 64))),
      /create of a .*a3.* does not fit/,
    ],
    [
      'a read of what never was',
      withOperations(get('a', { revision: 11, mark: 'a1' }, during(12, 13))),
      /never stood there/,
    ],
    [
      'a list that lacks an object',
      withOperations(list(14, [{ key: 'a', revision: 12, mark: 'a2' }], during(41, 49))),
      /not what stood there/,
    ],
    [
      'a list that is stale',
      withOperations(list(11, [{ key: 'a', revision: 10, mark: 'a1' }], during(41, 49))),
      /list at revision 11 .* does not fit/,
    ],
    [
      'a refusal for a state that was not there',
      withOperations(write('create', 'a', 'a9', { outcome: 'refused', ...during(61, 65) })),
      /a9.* does not fit|does not fit/,
    ],
    [
      'a history out of order',
      { ...good, watches: [], operations: [], versions: [version(5, 'a', 'x'), version(4, 'a', 'y')] },
      /out of order/,
    ],
    [
      'a watch with a gap',
      told(...all.slice(0, 1), ...all.slice(2)),
      /and not of what came before it: a at revision 12/,
    ],
    ['a watch that tells an event twice', told(...all.slice(0, 2), ...all.slice(1)), /again, or too late/],
    [
      'a watch out of order',
      told(...all.slice(0, 1), ...all.slice(2, 3), ...all.slice(1, 2)),
      /not of what came before it/,
    ],
    ['a watch that invents', told(...all, { type: 'MODIFIED', key: 'a', revision: 99, mark: 'zz' }), /does not know/],
    ['a watch with the wrong type', told({ ...all[0], type: 'MODIFIED' } as never), /and it was ADDED/],
    ['a watch with the wrong object', told({ ...all[0], mark: 'b1' } as never), /with b1, and it was a1/],
  ]
  it.each(broken)('finds %s', (_, history, message) => {
    expect(check(history).violations.join('\n')).toMatch(message)
  })
})

test('a write whose fate is not known may have happened, and may not', () => {
  const unknown = write('create', 'c', 'c1', { outcome: 'unknown', startedAt: 5, endedAt: Number.POSITIVE_INFINITY })
  const history = withOperations(unknown)
  expect(check(history).violations).toEqual([])
  const happened = { ...history, watches: [], versions: [...versions, version(18, 'c', 'c1')] }
  expect(check(happened).violations).toEqual([])
})
