import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedStore } from '../index.ts'
import { PageDamage } from '../integrity/index.ts'
import { readUnclean, type Unclean, uncleanFile } from '../sealing/unclean.ts'
import { told } from '../testdata/told.ts'
import {
  type Commit,
  commitsOf,
  numbers,
  oldSector,
  page,
  sector,
  sectorsOf,
  sinceOf,
  torn,
} from '../testdata/torn-commits.ts'
import { makeWhole } from './whole-store.ts'

let folder: string
let trial: string
let commits: Commit[]
/** Of the machine that wrote them. */
let killed: Unclean
/** Of one whose power was cut. */
let cut: Unclean

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-torn-'))
  ;({ commits, unclean: killed } = await commitsOf(join(folder, 'store')))
  cut = { ...killed, boot: 'another' }
  trial = join(folder, 'trial')
  await (await openEmbeddedStore({ directory: trial })).close()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The store of a trial; with `unclean` nobody saw its end. */
function lay(bytes: Buffer, unclean: Unclean | undefined): void {
  writeFileSync(join(trial, 'data.mdb'), bytes)
  rmSync(join(trial, 'data.mdb-lock'), { force: true })
  mark(unclean)
}

function mark(unclean: Unclean | undefined): void {
  if (unclean === undefined) rmSync(join(trial, uncleanFile), { force: true })
  else writeFileSync(join(trial, uncleanFile), JSON.stringify(unclean))
}

const file = () => readFileSync(join(trial, 'data.mdb'))

async function holds(since = 1): Promise<string[]> {
  await using store = await openEmbeddedStore({ directory: trial })
  return await told(store, since)
}

describe('after a power cut', () => {
  test('a commit that reached the disk wholly stands', async () => {
    for (const commit of commits) {
      lay(commit.after, cut)
      expect(makeWhole(trial)).toBeUndefined()
      expect(readUnclean(trial)).toBeUndefined()
      expect(file().equals(commit.after)).toBe(true)
    }
  })

  test('one that lacks any sector that it wrote is dropped, and the one before it is as it was', () => {
    let tried = 0
    for (const commit of commits) {
      lay(commit.after, cut)
      const data = openSync(join(trial, 'data.mdb'), 'r+')
      for (const at of sectorsOf(commit)) {
        // its beginning is in the first one of a page: without it there was no such commit
        const isBeginning = at === 0 || at === page
        mark(cut)
        writeSync(data, oldSector(commit.before, at), 0, sector, at)
        const dropped = makeWhole(trial)
        if (isBeginning) expect(dropped).toBeUndefined()
        else expect(dropped, `sector ${at / sector} of ${commit.after.length / sector}`).toBeDefined()
        tried++
        for (const back of [0, page, at]) writeSync(data, commit.after, back, sector, back)
      }
      closeSync(data)
    }
    expect(commits.length).toBeGreaterThan(15)
    expect(tried).toBeGreaterThan(500)
  }, 120_000)

  test('whatever the disk kept of a commit, the store holds all of it or nothing, and goes on', async () => {
    const next = numbers(5)
    const counts = { before: 0, after: 0 }
    for (const [i, commit] of commits.entries())
      for (let times = 0; times < 2; times++) {
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
        lay(bytes, cut)
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
    expect(counts.before).toBeGreaterThan(8)
  }, 120_000)

  test('damage to what was there before is refused', () => {
    const commit = commits.at(-1) as Commit
    const written = new Set(sectorsOf(commit).map(at => at - (at % page)))
    let refused = 0
    for (let at = 2 * page; at + page <= commit.before.length; at += page) {
      if (written.has(at)) continue
      const bytes = Buffer.from(commit.after)
      bytes.fill(0x5a, at, at + page)
      lay(bytes, cut)
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
