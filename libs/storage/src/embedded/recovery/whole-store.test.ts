import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyValue } from '../../key-value-store.ts'
import type { StoreContents } from '../../transfer/contents.ts'
import { openEmbeddedContents } from '../contents.ts'
import { openEmbeddedStore } from '../index.ts'
import { PageDamage } from '../integrity/index.ts'
import { readUnclean, type Unclean, uncleanFile } from '../sealing/unclean.ts'
import { told } from '../testdata/told.ts'
import { type Commit, commitsOf, page, sectorsOf, sinceOf, torn } from '../testdata/torn-commits.ts'
import { makeWhole } from './whole-store.ts'

let folder: string
let trial: string
let commit: Commit
let commits: Commit[]
/** Of the machine that wrote them. */
let killed: Unclean
/** Of one whose power was cut. */
let cut: Unclean
/** The newest transaction. */
let transaction: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-whole-'))
  ;({ commits, unclean: killed } = await commitsOf(join(folder, 'store')))
  cut = { ...killed, boot: 'another' }
  commit = commits.at(-1) as Commit
  transaction = newestOf(commit.after)
  trial = join(folder, 'trial')
  mkdirSync(trial)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const transactionsOf = (bytes: Buffer) => [0, 1].map(at => Number(bytes.readBigUInt64LE(at * page + 152)))
const newestOf = (bytes: Buffer) => Math.max(...transactionsOf(bytes))

function lay(bytes: Buffer, unclean: Unclean | string | undefined): void {
  writeFileSync(join(trial, 'data.mdb'), bytes)
  rmSync(join(trial, 'data.mdb-lock'), { force: true })
  const mark = join(trial, uncleanFile)
  if (unclean === undefined) rmSync(mark, { force: true })
  else writeFileSync(mark, typeof unclean === 'string' ? unclean : JSON.stringify(unclean))
}

const file = () => readFileSync(join(trial, 'data.mdb'))

async function holds(): Promise<string[]> {
  await using store = await openEmbeddedStore({ directory: trial })
  return await told(store, sinceOf(commit))
}

/** All but its beginning. */
const pagesOf = (of: Commit) => sectorsOf(of).filter(at => at >= 2 * page)

function unsealed(): Buffer {
  const bytes = Buffer.from(commit.after)
  bytes.fill(0, (transaction % 2) * page + 256, (transaction % 2) * page + 512)
  return bytes
}

describe('when the machine did not start anew', () => {
  test('a process that was killed lost nothing: its last commit stands', async () => {
    lay(commit.after, killed)
    expect(makeWhole(trial)).toBeUndefined()
    expect(file().equals(commit.after)).toBe(true)
    expect(await holds()).toEqual(commit.holds.after)
  })

  test('one killed before the seal of its commit had answered nobody: the commit is dropped', async () => {
    lay(unsealed(), killed)
    expect(makeWhole(trial)).toEqual({ transaction })
    expect(await holds()).toEqual(commit.holds.before)
  })

  test('a sealed commit that is not whole is damage, and is left as it is', () => {
    for (const at of pagesOf(commit)) {
      const bytes = torn(commit, [at])
      lay(bytes, killed)
      expect(() => makeWhole(trial), `sector ${at / 512}`).toThrow(PageDamage)
      expect(file().equals(bytes)).toBe(true)
      expect(readUnclean(trial)).toEqual(killed)
    }
  })

  test('a commit that the disk refused is dropped, whatever the kernel still has of it', async () => {
    lay(commit.after, { ...killed, failed: transaction })
    expect(makeWhole(trial)).toEqual({ transaction })
    expect(await holds()).toEqual(commit.holds.before)
  })

  test('the one before that stands', () => {
    lay(commit.after, { ...killed, failed: transaction + 1 })
    expect(makeWhole(trial)).toBeUndefined()
  })
})

describe('after a power cut', () => {
  test('what was dropped once stays so: a power cut meanwhile, a next commit that is torn too', async () => {
    lay(torn(commit, pagesOf(commit).slice(0, 3)), cut)
    expect(makeWhole(trial)).toEqual({ transaction })
    const dropped = file()
    lay(dropped, cut)
    expect(makeWhole(trial)).toBeUndefined()
    expect(file().equals(dropped)).toBe(true)

    let after: Buffer
    {
      await using store = await openEmbeddedStore({ directory: trial, writer: 'thread' })
      await store.put({ key: '/next', value: Buffer.alloc(5_000, 'next'), expected: 0 })
      after = file()
      expect(newestOf(after)).toBe(transaction + 1)
    }
    const next = { before: dropped, after, holds: commit.holds }
    lay(torn(next, pagesOf(next).slice(-2)), { since: transaction, boot: 'another' })
    expect(makeWhole(trial)).toEqual({ transaction: transaction + 1 })
    expect(await holds()).toEqual(commit.holds.before)
  })

  test.each([
    ['the loop', undefined],
    ['a thread that then loads it', { start: '/', end: '0', from: 0 }],
  ])('what was dropped is said, looked at by %s', async (_, load) => {
    lay(torn(commit, pagesOf(commit).slice(0, 3)), cut)
    const warnings: unknown[][] = []
    const logger = { warn: (...warning: unknown[]) => void warnings.push(warning) }
    {
      await using store = await openEmbeddedStore({ directory: trial, logger, ...(load && { load }) })
      expect(await told(store, sinceOf(commit))).toEqual(commit.holds.before)
    }
    expect(warnings).toEqual([
      [
        { directory: trial, transaction },
        expect.stringMatching(/^The last commit before the store ended was not wholly/),
      ],
    ])
    lay(commit.after, { ...cut, since: transaction + 1 })
    await expect(openEmbeddedStore({ directory: trial, ...(load && { load }) })).rejects.toThrow(
      `the store in ${trial} is damaged (data.mdb, page ${transaction % 2}: it is of transaction ${transaction}, before ${transaction + 1} which was there)`,
    )
  })

  test('a commit from before the first sealed one stands without a seal', async () => {
    lay(unsealed(), { since: transaction, boot: 'another' })
    expect(makeWhole(trial)).toBeUndefined()
    expect(await holds()).toEqual(commit.holds.after)
  })

  test.each([
    ['is older than what was flushed before the first sealed commit', () => ({ ...cut, since: transaction + 1 })],
    ['has neither of its last two commits', () => cut],
  ])('a store that %s is refused', (_, unclean) => {
    const bytes = torn(commit, pagesOf(commit))
    // a page of the commit before
    const before = commits.length - 2
    for (const at of sectorsOf(commits[before] as Commit)) if (at >= 2 * page) bytes.fill(0, at, at + 512)
    lay(bytes, unclean())
    expect(() => makeWhole(trial)).toThrow(PageDamage)
    expect(file().equals(bytes)).toBe(true)
  })

  test('without what stood beside the file it says so', async () => {
    lay(commit.after, '{"since":')
    await expect(openEmbeddedStore({ directory: trial })).rejects.toThrow(
      `the store in ${trial} is damaged (unclean is not what was written): restore a snapshot`,
    )
  })
})

test('of a store that was closed nothing is dropped: what is wrong is damage', () => {
  let refused = 0
  for (const at of pagesOf(commit)) {
    const bytes = torn(commit, [at])
    lay(bytes, undefined)
    try {
      expect(makeWhole(trial)).toBeUndefined()
    } catch (error) {
      expect(error).toBeInstanceOf(PageDamage)
      refused++
    }
    expect(file().equals(bytes)).toBe(true)
  }
  expect(refused).toBeGreaterThan(3)
})

describe('who reads a store beside, or without, the process that has it', () => {
  const read = async (contents: StoreContents): Promise<string[]> => {
    const kvs: KeyValue[] = []
    for await (const some of contents.pages()) kvs.push(...some)
    return kvs.map(({ key, modRevision }) => `${key} ${modRevision}`)
  }
  /** Of lines such as `key created changed lease value`. */
  const keysOf = (lines: readonly string[]) =>
    lines.filter(line => line.startsWith('/')).map(line => [line.split(' ')[0], line.split(' ')[2]].join(' '))

  test('sees it without the commit that a power cut tore', async () => {
    lay(torn(commit, pagesOf(commit).slice(0, 2)), cut)
    const dropped: number[] = []
    {
      await using contents = await openEmbeddedContents({
        directory: trial,
        onDropped: ({ transaction: one }) => dropped.push(one),
      })
      expect(await read(contents)).toEqual(keysOf(commit.holds.before))
    }
    expect(dropped).toEqual([transaction])
    expect(await holds()).toEqual(commit.holds.before)
  })

  test('sees what is acknowledged by a process that writes, and leaves it alone', async () => {
    lay(commit.after, undefined)
    await using store = await openEmbeddedStore({ directory: trial, writer: 'thread' })
    await store.put({ key: '/beside', value: Buffer.from('1'), expected: 0 })
    const unclean = readUnclean(trial)
    expect(unclean?.since).toBe(transaction)
    await using contents = await openEmbeddedContents({ directory: trial })
    expect(await read(contents)).toEqual([`/beside ${contents.revision}`, ...keysOf(commit.holds.after)])
    expect(readUnclean(trial)).toEqual(unclean)
  })

  test('is told where the disk refused a write of that process', async () => {
    lay(commit.after, undefined)
    await using store = await openEmbeddedStore({ directory: trial, writer: 'thread' })
    await store.put({ key: '/beside', value: Buffer.from('1'), expected: 0 })
    writeFileSync(join(trial, uncleanFile), JSON.stringify({ ...readUnclean(trial), failed: transaction + 2 }))
    await expect(openEmbeddedContents({ directory: trial })).rejects.toThrow(
      /its disk refused a write: start the process that has it again/,
    )
  })
})

test('a store is marked while a thread writes it, and not by the loop', async () => {
  for (const writer of ['thread', 'loop'] as const) {
    const directory = join(folder, writer)
    {
      await using store = await openEmbeddedStore({ directory, writer })
      expect(readUnclean(directory)).toBeUndefined()
      await store.put({ key: '/a', value: Buffer.from('1'), expected: 0 })
      expect(readUnclean(directory) === undefined).toBe(writer === 'loop')
      copyFileSync(join(directory, 'data.mdb'), join(folder, `${writer}.mdb`))
    }
    expect(readUnclean(directory)).toBeUndefined()
  }
})
