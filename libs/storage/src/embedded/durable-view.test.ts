import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encodeKeyState, encodeLease } from './codec.ts'
import { type OpenedDatabase, openDatabase } from './database.ts'
import { type DurableChange, DurableView } from './durable-view.ts'

let directory: string
let db: OpenedDatabase
let view: DurableView

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-view-'))
  db = openDatabase(directory)
  view = new DurableView(db)
})
afterEach(async () => {
  view.close()
  await db.root.close()
  await rm(directory, { recursive: true, force: true })
})

function changeOf(key: string, revision: number): DurableChange {
  const plain = { position: { revision, sub: 0 }, createRevision: revision, lease: 0n, checksum: 0 }
  const event = {
    type: 'put',
    key,
    value: Buffer.alloc(0),
    createRevision: revision,
    modRevision: revision,
    lease: 0n,
  } as const
  return { key, state: { ...plain, own: 0 }, event }
}

/** LMDB has a key. */
async function write({ key, event }: DurableChange): Promise<void> {
  const position = { revision: event.modRevision, sub: 0 }
  await db.keys.put(key, encodeKeyState(key, { position, createRevision: event.modRevision, lease: 0n, checksum: 0 }))
}

const shown = () => {
  const { kvs, revision } = view.range({ start: '\0', end: '\xff' })
  return [revision, ...kvs.map(({ key }) => key)]
}

test('a commit that LMDB got together with those before it is not seen before it is acknowledged', async () => {
  const [a, b] = [changeOf('/a', 2), changeOf('/b', 3)]
  view.advance(1, 2, [a])
  expect([view.get('/a')?.modRevision, ...shown()]).toEqual([2, 1])
  await write(a)
  await write(b)
  view.show(2)
  expect([view.get('/b'), view.get('/a')?.modRevision, ...shown()]).toEqual([undefined, 2, 1])
  view.advance(2, 3, [b])
  expect([view.get('/b')?.modRevision, ...shown()]).toEqual([3, 3, '/a', '/b'])
})

test('a commit without changes lets go of what was before it', async () => {
  view.advance(1, 1, [])
  await db.leases.put(7n, encodeLease(7n, 600))
  view.show(1)
  expect(db.leases.get(7n, { transaction: view.snapshot })).toBeDefined()
})
