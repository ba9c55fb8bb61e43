import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { Crowds } from './crowds.ts'

vi.mock(import('node:v8'), async original => ({ ...(await original()), setFlagsFromString: vi.fn() }))

const amidst = ['--minor-gc-task-trigger=6', '--external-memory-accounted-in-global-limit']
const usual = ['--minor-gc-task-trigger=80', '--no-external-memory-accounted-in-global-limit']

let now = 0
let set: string[] = []
let crowds: Crowds

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  now = 0
  set = []
  crowds = new Crowds({ set: flag => set.push(flag), now: () => now })
})
afterEach(() => void vi.useRealTimers())

function come(count: number, every: number): void {
  for (let i = 0; i < count; i++) {
    crowds.one()
    pass(every)
  }
}

function pass(milliseconds: number): void {
  now += milliseconds
  vi.advanceTimersByTime(milliseconds)
}

test('a crowd is collected in its own way, from its beginning until two seconds after its end', () => {
  come(1_023, 5)
  expect(set).toEqual([])
  come(500, 5)
  expect(set).toEqual(amidst)
  pass(1_500)
  expect(set).toEqual(amidst)
  pass(1_000)
  expect(set).toEqual([...amidst, ...usual])
})

test('a second crowd is one again', () => {
  come(1_024, 5)
  pass(3_000)
  come(1_024, 5)
  expect(set).toEqual([...amidst, ...usual, ...amidst])
})

test('some hundred at once are none, nor are they together with those of before', () => {
  come(1_000, 1)
  pass(3_000)
  come(1_000, 1)
  expect(set).toEqual([])
})

test('some hundred who come and go again and again are none', () => {
  for (let i = 0; i < 20; i++) {
    come(512, 0)
    pass(600)
  }
  expect(set).toEqual([])
})

test('those who come one after the other are no crowd, however many they are', () => {
  come(2_000, 40)
  expect(set).toEqual([])
})

test('a crowd that does not end is not left in between', () => {
  come(1_024, 5)
  come(10_000, 10)
  expect(set).toEqual(amidst)
})

test('V8 knows these flags, and the usual ones are its own', () => {
  // with one that it does not know it would end with 9
  execFileSync(process.execPath, [...amidst, ...usual, '--eval', ''])
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' })
  for (const flag of usual) expect(options).toContain(`default: ${flag}\n`)
})

async function crowd({ connection }: TestApiServer): Promise<void> {
  const clients = Array.from({ length: 600 }, () => connect({ host: '127.0.0.1', ...connection }))
  await Promise.all(clients.map(client => once(client, 'secureConnect')))
  for (const client of clients) client.destroy()
  await Promise.all(clients.map(client => client.closed || once(client, 'close')))
}

test("a server in a process of others leaves V8's flags alone", { timeout: 120_000 }, async () => {
  vi.useRealTimers()
  await using own = await testApiServer({ setV8Flag: flag => set.push(flag) })
  await using others = await testApiServer()
  // how fast they come depends on what else the machine does
  const { now } = performance
  using _ = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) / 100)
  await crowd(others)
  expect(set).toEqual([])
  await crowd(own)
  // it hears of their ends a little later
  await expect.poll(() => set.slice(0, 2), { timeout: 60_000 }).toEqual(amidst)
  expect(setFlagsFromString).not.toHaveBeenCalled()
})
