import type { Clock } from '@kubets/component'
import { expect, test } from 'vitest'
import type { KeyValueStore } from '../key-value-store.ts'
import { UnreadableObjects } from './unreadable.ts'

/** What was asked to run, and when. */
class Timers implements Clock {
  readonly waits: number[] = []
  #callback: (() => void) | undefined

  now(): number {
    return 0
  }

  after(ms: number, callback: () => void): () => void {
    this.waits.push(ms)
    this.#callback = callback
    return () => {
      this.#callback = undefined
    }
  }

  get pending(): boolean {
    return this.#callback !== undefined
  }

  async run(): Promise<void> {
    const callback = this.#callback
    this.#callback = undefined
    callback?.()
    await new Promise(resolve => setImmediate(resolve))
  }
}

const broken = new Error('no key')
const setUp = (answer: () => Error | undefined) => {
  const asked: string[] = []
  const store = {
    async get(key: string) {
      asked.push(key)
      const unreadable = answer()
      return { kv: { key, ...(unreadable === undefined ? {} : { unreadable }) }, revision: 1 }
    },
  } as unknown as KeyValueStore
  const clock = new Timers()
  let readable = 0
  const objects = new UnreadableObjects(store, clock, () => readable++)
  return { asked, clock, objects, readable: () => readable }
}

test('one of the objects is tried again after one second, two, four, and so on to thirty', async () => {
  let opens = false
  const { asked, clock, objects, readable } = setUp(() => (opens ? undefined : broken))
  objects.replace(
    new Map([
      ['/registry/secrets/a', broken],
      ['/registry/secrets/b', broken],
    ]),
  )
  for (let i = 0; i < 7; i++) await clock.run()
  expect(clock.waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  expect(new Set(asked)).toEqual(new Set(['/registry/secrets/a']))
  expect(readable()).toBe(0)
  opens = true
  await clock.run()
  expect(readable()).toBe(1)
})

test('nothing is tried while all can be read', async () => {
  const { asked, clock, objects } = setUp(() => broken)
  objects.replace(new Map())
  expect(clock.pending).toBe(false)
  objects.changed('/registry/secrets/a', broken)
  expect(clock.pending).toBe(true)
  // somebody wrote it anew
  objects.changed('/registry/secrets/a', undefined)
  expect(clock.pending).toBe(false)
  await clock.run()
  expect(asked).toEqual([])
  // the next trouble begins with a short wait again
  objects.changed('/registry/secrets/a', broken)
  expect(clock.waits.at(-1)).toBe(1_000)
})

test('a stopped one asks nobody', async () => {
  const { clock, objects } = setUp(() => broken)
  objects.changed('/registry/secrets/a', broken)
  objects.stop()
  expect(clock.pending).toBe(false)
})
