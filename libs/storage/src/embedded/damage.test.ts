import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type KeyEncoder, type Position, positionKeys, stringKeys } from './codec.ts'
import { openEmbeddedStore } from './index.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-damage-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const victim = '/registry/secrets/default/victim'
const value = (i: number) => Buffer.from(`an object whose text does not compress ${i} `.repeat(i < 5 ? 3 : 200))

async function fill(): Promise<void> {
  await using store = await openEmbeddedStore({ directory })
  for (let i = 0; i < 10; i++) await store.put({ key: `/registry/pods/default/${i}`, value: value(i), expected: 0 })
  await store.put({ key: victim, value: Buffer.from('what the victim holds'), expected: 0 })
}

/** One bit changes wherever the text stands in the file, so many bytes behind its beginning. */
async function flip(text: string, offset: number): Promise<void> {
  const path = join(directory, 'data.mdb')
  const bytes = await readFile(path)
  let times = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1), times++)
    bytes.writeUInt8(bytes.readUInt8(at + offset) ^ 4, at + offset)
  expect(times).toBeGreaterThan(0)
  await writeFile(path, bytes)
}

describe('a store whose disk changed a bit', () => {
  test.each([
    ['of the record that says where its value is', victim, victim.length + 6, 'keys'],
    ['of a lease', victim, victim.length + 25, 'keys'],
    ['of a key', victim, victim.length - 1, '(keys|log)'],
    ['of a counter', '"value":', 9, 'meta'],
  ])('%s is not opened, and says what to do', async (_, text, offset, table) => {
    await fill()
    await flip(text, offset)
    await expect(openEmbeddedStore({ directory })).rejects.toThrow(
      new RegExp(
        `^the store in ${directory} is damaged \\(data.mdb, page \\d+: (a record of "${table}" in it is not what was written|.*order|its keys .*)\\): restore a snapshot`,
      ),
    )
  })

  test('of a value tells so where it is read, and what to do', async () => {
    await fill()
    await flip('what the victim holds', 6)
    await using store = await openEmbeddedStore({ directory })
    const told = new RegExp(
      `^the store in ${directory} is damaged: the value of "${victim}".*is not what was written: restore a snapshot`,
    )
    await expect(store.get(victim)).rejects.toThrow(told)
    await expect(store.range({ start: '/', end: '0' })).rejects.toThrow(told)
    await expect(store.scan({ start: '/', end: '0' }, () => undefined)).rejects.toThrow(told)
    expect((await store.get('/registry/pods/default/7')).kv?.value).toEqual(value(7))
  })

  test('of the history ends the watch that comes to it', async () => {
    await fill()
    await flip('what the victim holds', 6)
    await using store = await openEmbeddedStore({ directory })
    const ended = new Promise<Error>(resolve =>
      store.watch({
        start: '/',
        end: '0',
        from: 1,
        onEvents: () => undefined,
        onEnd: resolve,
        signal: new AbortController().signal,
      }),
    )
    expect((await ended).message).toMatch(/is damaged: the value of "\/registry\/secrets\/default\/victim"/)
  })
})

test('a store of format 1, without checksums, is read and goes on in format 5', async () => {
  await fill()
  const root = open({ path: join(directory, 'data.mdb'), encoding: 'binary', maxDbs: 8 })
  const table = <K>(name: string, keyEncoder: KeyEncoder<K>) =>
    root.openDB({ name, encoding: 'binary', keyEncoder } as never) as unknown as RootDatabase<Buffer, never>
  const keys = table<string>('keys', stringKeys)
  const log = table<Position>('log', positionKeys)
  const meta = table<string>('meta', stringKeys)
  for (const { key, value: bytes } of [...keys.getRange({ start: '/' as never })])
    await keys.put(key, bytes.subarray(0, 28))
  for (const { key, value: bytes } of [...log.getRange({ start: { revision: 1, sub: 0 } as never })]) {
    const old = Buffer.concat([bytes.subarray(0, 29), bytes.subarray(37)])
    old.writeUInt8(0, 0)
    await log.put(key, old)
  }
  for (const [name, count] of Object.entries({ format: 1, revision: 12, compactRevision: 0, compactedTo: 0 }))
    await meta.put(name as never, Buffer.from(String(count)))
  await meta.remove('sum' as never)
  await root.close()

  const store = await openEmbeddedStore({ directory })
  const before = (await store.get(victim)).kv
  expect(Buffer.from(before?.value ?? []).toString()).toBe('what the victim holds')
  await store.put({ key: victim, value: Buffer.from('anew'), expected: before?.modRevision ?? 0 })
  expect((await store.get(victim, { revision: before?.modRevision ?? 0 })).kv).toEqual(before)
  expect((await store.range({ start: '/', end: '0' })).count).toBe(11)
  await store.close()
  const again = open({ path: join(directory, 'data.mdb'), encoding: 'binary', maxDbs: 8 })
  expect(again.openDB({ name: 'meta', encoding: 'binary', keyEncoder: stringKeys } as never).get('format')).toEqual(
    Buffer.from('5'),
  )
  await again.close()
})
