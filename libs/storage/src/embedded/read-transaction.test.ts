import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openDatabase } from './database.ts'
import { openEmbeddedStore } from './index.ts'
import { readTransaction } from './read-transaction.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-reading-'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(directory, { recursive: true, force: true })
})

test('a snapshot stays what it was until it is given back, and the next one has what came since', async () => {
  const db = openDatabase(directory, 'unsynced')
  const before = readTransaction(db.root)
  await db.meta.put('some', Buffer.from('1'))
  // a timer would come by now
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(db.meta.get('some', { transaction: before })).toBeUndefined()
  before.done()
  db.root.resetReadTxn()
  const after = readTransaction(db.root)
  expect(db.meta.get('some', { transaction: after })?.toString()).toBe('1')
  after.done()
  await db.root.close()
})

test.each(['loop', 'thread', 'journal'] as const)(
  'writes by the %s are seen, and take no timer of lmdb',
  async writer => {
    await using store = await openEmbeddedStore({ directory, writer, durability: 'none' })
    await store.put({ key: '/first', value: Buffer.from('first'), expected: 0 })
    const timers = vi.spyOn(globalThis, 'setTimeout')
    for (let i = 0; i < 50; i++) {
      const { revision } = await store.put({ key: `/${i}`, value: Buffer.from(String(i)), expected: 0 })
      expect(await store.get(`/${i}`)).toEqual({ kv: expect.objectContaining({ modRevision: revision }), revision })
    }
    const byLmdb = timers.mock.calls.filter(([callback]) => callback.name === 'resetReadTxn')
    expect(byLmdb).toEqual([])
  },
)
