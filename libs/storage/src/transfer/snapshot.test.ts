import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openEmbeddedStore } from '../embedded/index.ts'
import { CompactedError, type KeyValueStore } from '../key-value-store.ts'
import { importEmbeddedStore, openEmbeddedContents, readSnapshot, verifySnapshot, writeSnapshot } from './index.ts'

const everything = { start: '\0', end: '\u{10ffff}' }
const bytes = (text: string) => Buffer.from(text)

let folder: string
const stores: KeyValueStore[] = []
const open = async (directory = join(folder, 'store')) => {
  const store = await openEmbeddedStore({ directory })
  stores.push(store)
  return store
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-snapshot-'))
})
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
  await rm(folder, { recursive: true, force: true })
})

async function save(directory = join(folder, 'store'), file = join(folder, 'snapshot')) {
  await using contents = await openEmbeddedContents({ directory })
  await writeSnapshot(contents, file)
  return file
}

async function restore(file: string, directory: string, overwrite = false) {
  await using contents = await readSnapshot(file)
  return await importEmbeddedStore(contents, { directory, overwrite, raiseBy: 1000 })
}

/** A store with one of each: text, bytes, nothing, a lease, keys of one revision. */
async function filled() {
  const store = await open()
  const lease = await store.grantLease(600)
  await store.put({ key: '/text', value: bytes('{"a":"ü\u{1f600}"}\n'), expected: 0 })
  await store.put({ key: '/bytes', value: Buffer.from([0x6b, 0x38, 0x73, 0, 0xff, 0xfe]), expected: 0 })
  await store.put({ key: '/empty', value: bytes(''), expected: 0 })
  await store.put({ key: '/leased', value: bytes('x'.repeat(5_000)), expected: 0, lease })
  await store.createAll(['/one', '/two', '/three'].map(key => ({ key, value: bytes(key) })))
  const gone = await store.put({ key: '/gone', value: bytes('1'), expected: 0 })
  await store.delete({ key: '/gone', expected: gone.revision })
  return { store, lease }
}

describe('a snapshot of the embedded store', () => {
  test('is taken while the store is open elsewhere, and restored with every key, revision and lease', async () => {
    const { store, lease } = await filled()
    const before = await store.range(everything)
    const file = await save()
    await store.put({ key: '/later', value: bytes('1'), expected: 0 })
    const summary = await verifySnapshot(file)
    expect(summary).toMatchObject({ revision: before.revision, keys: before.count, leases: 1 })

    const result = await restore(file, join(folder, 'other'))
    expect(result).toMatchObject({ keys: before.count, leases: 1, revision: before.revision + 1000 })
    const restored = await open(join(folder, 'other'))
    const after = await restored.range(everything)
    expect(after).toEqual({ ...before, revision: before.revision + 1000 })
    await restored.revokeLease(lease)
    expect((await restored.get('/leased')).kv).toBeUndefined()
    expect((await restored.range({ ...everything, countOnly: true })).count).toBe(before.count - 1)
  })

  test('counts what is older than the restore as compacted, and history goes on from there', async () => {
    const { store } = await filled()
    const file = await save()
    const seen = (await store.put({ key: '/lost', value: bytes('1'), expected: 0 })).revision
    await restore(file, join(folder, 'other'))
    const restored = await open(join(folder, 'other'))
    const ended = await new Promise<Error>(resolve => {
      restored.watch({
        ...everything,
        from: seen + 1,
        onEvents: () => undefined,
        onEnd: resolve,
        signal: new AbortController().signal,
      })
    })
    expect(ended).toBeInstanceOf(CompactedError)
    await expect(restored.get('/text', { revision: seen })).rejects.toThrow(CompactedError)
    const now = await restored.revision()
    const { kv } = await restored.get('/text')
    const next = await restored.put({ key: '/text', value: bytes('2'), expected: kv?.modRevision ?? 0 })
    expect(next).toEqual({ ok: true, revision: now + 1 })
    // the past before that write, undone from the log
    expect((await restored.get('/text', { revision: now })).kv).toEqual(kv)
    await restored.compact(next.revision)
    expect((await restored.get('/text')).kv).toMatchObject({
      createRevision: kv?.createRevision,
      modRevision: next.revision,
    })
  })

  test('is consistent at one revision while others write', async () => {
    const store = await open()
    const names = Array.from({ length: 100 }, (_, i) => `/n/${String(i).padStart(3, '0')}`)
    await store.createAll(names.map(key => ({ key, value: bytes('0') })))
    let stop = false
    // each round writes all keys, one after another: at any revision the values never rise from one key to the next
    const writing = (async () => {
      for (let round = 1; !stop; round++)
        for (const key of names) {
          const { kv } = await store.get(key)
          await store.put({ key, value: bytes(String(round)), expected: kv?.modRevision ?? 0 })
        }
    })()
    try {
      for (let i = 0; i < 5; i++) {
        const file = await save()
        await using contents = await readSnapshot(file)
        const values: number[] = []
        let newest = 0
        for await (const page of contents.pages())
          for (const kv of page) {
            values.push(Number(Buffer.from(kv.value)))
            newest = Math.max(newest, kv.modRevision)
          }
        expect(values).toHaveLength(100)
        expect(values).toEqual([...values].sort((a, b) => b - a))
        expect((values[0] as number) - (values.at(-1) as number)).toBeLessThanOrEqual(1)
        expect(newest).toBe(contents.revision)
      }
    } finally {
      stop = true
      await writing
    }
  })

  test('is a text file for its owner only, whose last line has the hash of the others', async () => {
    await filled()
    const file = await save()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ kubetsSnapshot: 1 })
    expect(lines.map(line => JSON.parse(line)).find(line => line.key === '/text')).toMatchObject({
      value: '{"a":"ü\u{1f600}"}\n',
    })
    const hash = execFileSync('sh', ['-c', 'head -n -1 "$0" | sha256sum', file], { encoding: 'utf8' }).split(' ')[0]
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ sha256: hash })
    expect(await readdir(folder)).toEqual(['snapshot', 'store'])
  })

  test('leaves an older one as it is when it fails', async () => {
    await filled()
    const file = await save()
    const before = await readFile(file)
    await using contents = await openEmbeddedContents({ directory: join(folder, 'store') })
    const failing = {
      ...contents,
      async *pages() {
        yield []
        throw new Error('the disk is gone')
      },
    }
    await expect(writeSnapshot(failing, file)).rejects.toThrow('the disk is gone')
    expect(await readFile(file)).toEqual(before)
    expect(await readdir(folder)).toEqual(['snapshot', 'store'])
  })

  test.each([
    ['cut off', (file: string) => truncate(file, 300), /damaged .*use another one/],
    ['cut off before its last line', cutLastLine, /damaged \(its end is missing\)/],
    ['empty', (file: string) => truncate(file, 0), /damaged \(it is empty\)/],
    ['changed in a value', (file: string) => edit(file, '"/one"', '"/onf"'), /damaged \(its hash is .* and should be /],
    [
      'longer than it should be',
      (file: string) => edit(file, /$/, '{}\n'),
      /damaged \(something stands behind its end\)/,
    ],
    [
      'of a newer format',
      (file: string) => edit(file, '"kubetsSnapshot":1', '"kubetsSnapshot":2'),
      /newer version of kubets/,
    ],
    [
      'something else',
      (file: string) => writeFile(file, '\x00\x01bolt'),
      /is not a snapshot of 'kubets snapshot save'/,
    ],
  ])('that is %s is refused, and nothing is restored', async (_, change, message) => {
    await filled()
    const file = await save()
    await change(file)
    await expect(verifySnapshot(file)).rejects.toThrow(message)
    await expect(restore(file, join(folder, 'other'))).rejects.toThrow(message)
    expect(await readdir(folder)).toEqual(['snapshot', 'store'])
  })

  test('is restored over what stands there only when that is said and nobody has it open', async () => {
    const { store } = await filled()
    const file = await save()
    const late = await store.put({ key: '/late', value: bytes('1'), expected: 0 })
    const directory = join(folder, 'store')
    await expect(restore(file, directory)).rejects.toThrow(`${directory} is not empty`)
    await expect(restore(file, directory, true)).rejects.toThrow(`is in use by another process (pid ${process.pid})`)
    await store.close()
    await restore(file, directory, true)
    expect(await readdir(folder)).toEqual(['snapshot', 'store'])
    const restored = await open()
    expect((await restored.get('/late')).kv).toBeUndefined()
    // above what the replaced store had, not only above the snapshot
    expect(await restored.revision()).toBe(late.revision + 1000)
  })

  test('of a directory without a store is refused', async () => {
    await mkdir(join(folder, 'nothing'))
    await expect(save(join(folder, 'nothing'))).rejects.toThrow('there is no store in')
    await expect(save(join(folder, 'missing'))).rejects.toThrow('there is no store in')
    expect(await readdir(folder)).toEqual(['nothing'])
  })
})

async function cutLastLine(file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.slice(0, text.lastIndexOf('\n{') + 1))
}

async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  await writeFile(file, (await readFile(file, 'utf8')).replace(from, to))
}
