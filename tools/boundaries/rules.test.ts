import { expect, test } from 'vitest'
import { type Room, violations } from './rules.ts'

const room = (name: string, root: string, uses: string[] = []): Room => ({ name, root, uses })
const rooms = [
  room('@kubets/scheduler', 'apps/scheduler', ['@kubets/client']),
  room('@kubets/api-server', 'apps/api-server'),
  room('kubets', 'apps/kubets', ['@kubets/api-server']),
  room('@kubets/client', 'libs/client', ['@kubets/component']),
  room('@kubets/component', 'libs/component'),
]

test('apps/kubets may import apps, and every room the shared one', () => {
  expect(violations(rooms, [])).toEqual([])
})

test('a lib that uses an app, and an app that uses another, are named', () => {
  const bad = [
    room('@kubets/client', 'libs/client', ['@kubets/api-server']),
    room('@kubets/scheduler', 'apps/scheduler', ['@kubets/api-server']),
    room('@kubets/api-server', 'apps/api-server'),
  ]
  expect(violations(bad, [])).toEqual([
    expect.stringContaining('no lib imports an app'),
    expect.stringContaining('only apps/kubets may import another app'),
  ])
})

test('an arrow that points up is named', () => {
  const bad = [
    room('@kubets/apimachinery', 'libs/apimachinery', ['@kubets/client']),
    room('@kubets/client', 'libs/client'),
  ]
  expect(violations(bad, [])).toEqual([expect.stringContaining('arrows between libs point down')])
})

test.each([
  ['../../scheduler/src/queue.ts', 'apps/scheduler/src/queue.ts', 'imported by its package name'],
  ['@kubets/client/src/informer.ts', undefined, 'through its index.ts'],
  ['@kubets/client', undefined, 'does not list'],
])('importing %s past the door is named', (specifier, resolved, why) => {
  const found = violations(rooms, [
    { from: '@kubets/api-server', file: 'apps/api-server/src/a.ts', specifier, resolved },
  ])
  expect(found.join('\n')).toContain(why)
})

test('only what serves the kinds loads them', () => {
  const loading = (loads: 'types' | 'values', from: string) =>
    violations(
      [
        ...rooms,
        room('@kubets/api-types', 'libs/api-types'),
        room('@kubets/quota', 'libs/quota', ['@kubets/api-types']),
      ],
      [{ from, file: 'libs/quota/src/a.ts', specifier: '@kubets/api-types', resolved: undefined, loads }],
    )
  expect(loading('types', '@kubets/quota')).toEqual([])
  expect(loading('values', '@kubets/quota')).toEqual([expect.stringContaining('loads every kind')])
})

test('what makes rarely used things when it is imported is asked for by name', () => {
  const importing = (file: string, loads: 'types' | 'values', specifier: string) =>
    violations(rooms, [{ from: '@kubets/client', file, specifier, resolved: undefined, loads }])
  expect(importing('libs/client/src/a.ts', 'values', 'node:http')).toEqual([
    expect.stringContaining("process.getBuiltinModule('node:http')"),
  ])
  expect(importing('libs/client/src/a.ts', 'types', 'node:http')).toEqual([])
  expect(importing('libs/client/src/a.test.ts', 'values', 'node:http')).toEqual([])
  expect(importing('libs/client/src/a.ts', 'values', 'node:https')).toEqual([])
})
