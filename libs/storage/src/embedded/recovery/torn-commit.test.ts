import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KeyValueStore } from '../../key-value-store.ts'
import { openEmbeddedStore } from '../index.ts'
import { PageDamage } from '../integrity/index.ts'
import { readUnclean, uncleanFile } from '../sealing/unclean.ts'
import { told } from '../testdata/told.ts'
import { makeWhole } from './whole-store.ts'

const sector = 512
const page = 4096

/** The same numbers each time. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x80000000
  }
}

/** The file as the disk had it before a commit and after it. */
interface Commit {
  before: Buffer
  after: Buffer
  /** What both hold. */
  holds: { before: string[]; after: string[] }
}

let folder: string
let trial: string
let unclean: string
const commits: Commit[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-torn-'))
  const directory = join(folder, 'store')
  const data = () => readFileSync(join(directory, 'data.mdb'))
  await using store = await openEmbeddedStore({ directory, writer: 'thread' })
  const next = numbers(11)
  const lease = await store.grantLease(3_600)
  let compacted = 0
  for (let round = 0; round < 200; round++) {
    const kept = round > 20 && round % 10 === 0
    const before = kept && { bytes: data(), holds: await told(store, compacted + 1) }
    if (round % 20 === 15 && !kept) {
      compacted = (await store.revision()) - 12
      await store.compact(compacted)
    } else if (kept && round % 20 === 0) await one(store, lease, round, next)
    else await Promise.all(Array.from({ length: 6 }, (_, i) => one(store, lease, i, next)))
    if (before) {
      const holds = { before: before.holds, after: await told(store, compacted + 1) }
      commits.push({ before: before.bytes, after: data(), holds })
    }
  }
  unclean = JSON.stringify({ ...readUnclean(directory), boot: 'another' })
  trial = join(folder, 'trial')
  await (await openEmbeddedStore({ directory: trial })).close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function one(store: KeyValueStore, lease: bigint, i: number, next: () => number): Promise<void> {
  const key = `/registry/things/n-${(i % 6) * 10 + Math.floor(next() * 10)}`
  const expected = (await store.get(key)).kv?.modRevision ?? 0
  const chance = next()
  if (expected !== 0 && chance < 0.3) await store.delete({ key, expected })
  else {
    const size = chance < 0.8 ? next() * 400 : next() * 6_000
    const value = Buffer.from(Array.from({ length: size }, () => next() * 256))
    await store.put({ key, value, expected, lease: chance > 0.95 ? lease : 0n })
  }
}

/** The store of a trial, whose end nobody saw: a machine that was started anew finds it so. */
function lay(bytes: Buffer, mark: string | undefined = unclean): void {
  writeFileSync(join(trial, 'data.mdb'), bytes)
  rmSync(join(trial, 'data.mdb-lock'), { force: true })
  if (mark === undefined) rmSync(join(trial, uncleanFile), { force: true })
  else writeFileSync(join(trial, uncleanFile), mark)
}

/** Where both differ, in sectors: what the commit wrote. Where the file was shorter there was nothing. */
function sectorsOf({ before, after }: Commit): number[] {
  const found: number[] = []
  for (let at = 0; at + sector <= after.length; at += sector)
    if (!after.subarray(at, at + sector).equals(oldSector(before, at))) found.push(at)
  return found
}

function oldSector(before: Buffer, at: number): Buffer {
  const old = Buffer.alloc(sector)
  before.subarray(at, at + sector).copy(old)
  return old
}

/** The disk kept what it had in these sectors. */
function torn({ before, after }: Commit, sectors: readonly number[]): Buffer {
  const bytes = Buffer.from(after)
  for (const at of sectors) oldSector(before, at).copy(bytes, at)
  return bytes
}

async function holds(since = 1): Promise<string[]> {
  await using store = await openEmbeddedStore({ directory: trial })
  return await told(store, since)
}

const sinceOf = ({ holds: { before } }: Commit): number => {
  const first = before.find(line => /^(put|delete) /.test(line))
  return Number(first?.split(' ')[2])
}

describe('after a power cut', () => {
  test('a commit that reached the disk wholly stands', async () => {
    for (const commit of commits) {
      lay(commit.after)
      expect(makeWhole(trial)).toBeUndefined()
      expect(readUnclean(trial)).toBeUndefined()
      expect(readFileSync(join(trial, 'data.mdb')).equals(commit.after)).toBe(true)
    }
  })

  test('one that lacks any sector that it wrote is dropped, and the one before it is as it was', () => {
    let tried = 0
    for (const commit of commits) {
      lay(commit.after)
      const file = openSync(join(trial, 'data.mdb'), 'r+')
      for (const at of sectorsOf(commit)) {
        // its beginning is in the first one of a page: without it there was no such commit
        const isBeginning = at === 0 || at === page
        writeFileSync(join(trial, uncleanFile), unclean)
        writeSync(file, oldSector(commit.before, at), 0, sector, at)
        const dropped = makeWhole(trial)
        if (isBeginning) expect(dropped).toBeUndefined()
        else expect(dropped, `sector ${at / sector} of ${commit.after.length / sector}`).toBeDefined()
        tried++
        for (const back of [0, page, at]) writeSync(file, commit.after, back, sector, back)
      }
      closeSync(file)
    }
    expect(commits.length).toBeGreaterThan(15)
    expect(tried).toBeGreaterThan(500)
  })

  test('whatever the disk kept of a commit, the store holds all of it or nothing, and goes on', async () => {
    const next = numbers(5)
    const counts = { before: 0, after: 0 }
    for (const [i, commit] of commits.entries())
      for (let times = 0; times < 4; times++) {
        const sectors = sectorsOf(commit)
        const pages = [...new Set(sectors.map(at => at - (at % page)))]
        const share = next()
        const lost =
          times % 2 === 0
            ? sectors.filter(() => next() < share)
            : sectors.filter(at => pages.indexOf(at - (at % page)) === Math.floor(share * pages.length))
        let bytes = torn(commit, lost)
        // the longer file was not known yet
        if (i % 3 === 0 && times === 0) bytes = bytes.subarray(0, Math.max(commit.before.length, page * 8))
        lay(bytes)
        const found = await holds(sinceOf(commit))
        const which = found[0] === commit.holds.after[0] ? 'after' : 'before'
        expect(found).toEqual(commit.holds[which])
        counts[which]++
        // written on, closed, and opened again
        const writer = i % 2 === 0 ? 'thread' : 'loop'
        {
          await using store = await openEmbeddedStore({ directory: trial, writer })
          for (let n = 0; n < 3; n++) await store.put({ key: `/more/${n}`, value: Buffer.alloc(3_000, n), expected: 0 })
        }
        const after = await holds(sinceOf(commit))
        const kept = new Set(after)
        expect(found.slice(1).filter(line => !kept.has(line))).toEqual([])
        expect(after.length).toBe(found.length + 6)
      }
    expect(counts.before).toBeGreaterThan(20)
  })

  test('damage to what was there before is refused', () => {
    const commit = commits.at(-1) as Commit
    const written = new Set(sectorsOf(commit).map(at => at - (at % page)))
    let refused = 0
    for (let at = 2 * page; at + page <= commit.before.length; at += page) {
      if (written.has(at)) continue
      const bytes = Buffer.from(commit.after)
      bytes.fill(0x5a, at, at + page)
      lay(bytes)
      try {
        expect(makeWhole(trial), String(at / page)).toBeUndefined()
      } catch (error) {
        expect(error).toBeInstanceOf(PageDamage)
        expect(readUnclean(trial)).toBeDefined()
        refused++
      }
    }
    expect(refused).toBeGreaterThan(10)
  })
})
