import { expect, test } from 'vitest'
import { RevisionSource } from './revision-source.ts'

test('reads that wait together share one question to the store, and none takes an answer older than itself', async () => {
  let now = 10
  const asked: { answer(): void }[] = []
  const source = new RevisionSource({
    revision: () =>
      new Promise(resolve => {
        const revision = now
        asked.push({ answer: () => resolve(revision) })
      }),
  })
  const first = source.ask()
  now = 11
  const later = Array.from({ length: 50 }, () => source.ask())
  expect(asked).toHaveLength(1)
  asked[0]?.answer()
  expect(await first).toBe(10)
  await expect.poll(() => asked.length).toBe(2)
  now = 12
  const last = source.ask()
  asked[1]?.answer()
  expect(new Set(await Promise.all(later))).toEqual(new Set([11]))
  await expect.poll(() => asked.length).toBe(3)
  asked[2]?.answer()
  expect(await last).toBe(12)
  expect(asked).toHaveLength(3)
})
