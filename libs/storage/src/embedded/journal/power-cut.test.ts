import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { CompactedError } from '../../key-value-store.ts'
import { dataFile } from '../data-file.ts'
import { openEmbeddedStore } from '../index.ts'
import { makeWhole } from '../recovery/whole-store.ts'
import { readUnclean, type Unclean, uncleanFile } from '../sealing/unclean.ts'
import { keepBusy, type Past, toldAt } from '../testdata/busy-store.ts'
import { changes, type Flush, RecordedDisk, type Written, withSectors } from '../testdata/recorded-disk.ts'
import { told } from '../testdata/told.ts'
import { numbers, page } from '../testdata/torn-commits.ts'
import type { Writer } from '../writing/committer.ts'
import { journalFile } from './journal-file.ts'
import { replayClosed } from './replay.ts'

const writers: readonly Writer[] = ['journal', 'loop', 'thread']

let folder: string
let trial: string
let disk: RecordedDisk
let past: Past
let unclean: Unclean

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-cut-'))
  trial = join(folder, 'trial')
  await mkdir(trial)
  const directory = join(folder, 'store')
  const next = numbers(3)
  await (await openEmbeddedStore({ directory, writer: 'loop' })).close()
  disk = new RecordedDisk(directory, () => delay(next() * 100))
  const store = await openEmbeddedStore({ directory, writer: 'journal' })
  past = await keepBusy(store, 700, next, () => disk.steps.length)
  unclean = readUnclean(directory) as Unclean
  vi.restoreAllMocks()
  disk[Symbol.dispose]()
  await store.close()
}, 60_000)
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The disk at some instant: what it has for sure, and what is on its way. */
interface Instant {
  readonly step: number
  readonly data: Buffer
  readonly journal: Buffer
  readonly underWay: ReadonlySet<Flush>
  /** Commits of the thread have begun. */
  readonly marked: boolean
}

/** All instants between two steps. What it yields is the same memory each time. */
function* instants(): Iterable<Instant> {
  let data: Buffer = disk.data
  const journal = Buffer.alloc(8 * 2 ** 20)
  const underWay = new Set<Flush>()
  let marked = false
  for (const [step, what] of disk.steps.entries()) {
    if ('begins' in what) {
      underWay.add(what.begins)
      marked ||= what.begins.file === 'data'
    } else {
      underWay.delete(what.ends)
      if (what.ends.file === 'data') data = withSectors(data, what.ends.written)
      else for (const { at, bytes } of what.ends.written) bytes.copy(journal, at)
    }
    yield { step: step + 1, data, journal, underWay, marked }
  }
}

interface Files {
  data: Buffer
  journal: Buffer | undefined
  unclean: Unclean | undefined
}

function lay({ data, journal, unclean: mark }: Files): void {
  rmSync(trial, { recursive: true })
  mkdirSync(trial)
  writeFileSync(join(trial, dataFile), data)
  if (journal !== undefined) writeFileSync(join(trial, journalFile), journal)
  if (mark !== undefined) writeFileSync(join(trial, uncleanFile), JSON.stringify(mark))
}

/** Those of the trial, as they stand there now. */
function files(): Files {
  const read = (name: string) => (existsSync(join(trial, name)) ? readFileSync(join(trial, name)) : undefined)
  return { data: read(dataFile) as Buffer, journal: read(journalFile), unclean: readUnclean(trial) }
}

/** The disk kept some of what was on its way. */
function cut({ data, journal, underWay, marked }: Instant, kept: (written: readonly Written[]) => Written[]): Files {
  let file = data
  const ring = Buffer.from(journal)
  for (const flush of underWay) {
    const some = kept(flush.written)
    if (flush.file === 'data') file = withSectors(data, some)
    else for (const { at, bytes } of some) bytes.copy(ring, at)
  }
  return { data: file, journal: ring, unclean: marked ? { ...unclean, boot: 'another' } : undefined }
}

/** Of what was on its way: nothing, all, some, all but one sector, or one page. */
function keeping(next: () => number): (written: readonly Written[]) => Written[] {
  return written => {
    const way = Math.floor(next() * 5)
    const share = next()
    const one = written[Math.floor(share * written.length)]?.at ?? 0
    if (way === 0) return []
    if (way === 1) return [...written]
    if (way === 2) return written.filter(() => next() < share)
    if (way === 3) return written.filter(({ at }) => at !== one)
    return written.filter(({ at }) => at - (at % page) === one - (one % page))
  }
}

/** The store of the trial has all that was answered by then, in order, and nothing else than what was written. Returns its revision. */
async function assertSound(step: number): Promise<number> {
  await using store = await openEmbeddedStore({ directory: trial, writer: 'loop' })
  const begun = past.compactions.filter(one => one.begun < step).map(one => one.revision)
  const since = Math.max(1, ...begun) + 1
  const lines = await told(store, since)
  const revision = await store.revision()
  expect(revision).toBeGreaterThanOrEqual(past.revisions[step - 1] as number)
  const isLease = (line: string) => line.startsWith('lease ')
  // not as one comparison: its message would have all values
  const expected = toldAt(past, revision, since)
  const found = lines.filter(line => !isLease(line))
  expect(found.findIndex((line, i) => line !== expected[i])).toBe(-1)
  expect(found.length).toBe(expected.length)
  const leases = new Set(lines.filter(isLease).map(line => BigInt(line.split(' ')[1] as string)))
  for (const { id, answered } of past.grants) {
    const revocation = past.revocations.find(one => one.id === id)
    if (answered < step && (revocation === undefined || revocation.begun >= step)) expect(leases).toContain(id)
    if (revocation !== undefined && revocation.answered < step) expect(leases).not.toContain(id)
  }
  const compacted = Math.max(0, ...past.compactions.filter(one => one.answered < step).map(one => one.revision))
  if (compacted > 1) await expect(store.get('/a', { revision: compacted - 1 })).rejects.toThrow(CompactedError)
  return revision
}

/** So many instants of all, here and there. */
function* some(count: number, next: () => number): Iterable<Instant> {
  for (const instant of instants()) if (next() < count / disk.steps.length) yield instant
}

test('what was recorded has records over older ones, and others while LMDB commits', () => {
  const places = new Set<number>()
  let again = 0
  let meanwhile = 0
  for (const { underWay } of instants()) if (underWay.size === 2) meanwhile++
  for (const step of disk.steps) {
    const at = 'ends' in step && step.ends.file === 'journal' ? step.ends.written[0]?.at : undefined
    if (at === undefined) continue
    if (places.has(at)) again++
    places.add(at)
  }
  expect(again).toBeGreaterThan(50)
  expect(meanwhile).toBeGreaterThan(50)
})

test('whatever the disk kept of what was on its way, the store has all that was answered', async () => {
  const next = numbers(17)
  for (const instant of some(80, next)) {
    lay(cut(instant, keeping(next)))
    await assertSound(instant.step)
  }
}, 60_000)

test('so it is when only the process was killed', async () => {
  const next = numbers(19)
  for (const instant of some(30, next)) {
    const all = next() < 0.5
    const files = cut(instant, written => (all ? [...written] : []))
    lay({ ...files, unclean: files.unclean && unclean })
    await assertSound(instant.step)
  }
}, 60_000)

test('a second power cut, while the journal is brought in, changes nothing', async () => {
  const next = numbers(23)
  let during = 0
  for (const instant of some(40, next)) {
    const files = cut(instant, keeping(next))
    lay(files)
    makeWhole(trial)
    const before = readFileSync(join(trial, dataFile))
    await replayClosed(trial)
    const after = readFileSync(join(trial, dataFile))
    const written = changes(before, after)
    if (written.length > 0) during++
    // LMDB flushes the pages before it writes the beginning
    const pages = written.filter(({ at }) => at >= 2 * page)
    const data = next() < 0.3 ? after : withSectors(before, keeping(next)(pages))
    lay({ data, journal: files.journal, unclean: undefined })
    await assertSound(instant.step)
  }
  expect(during).toBeGreaterThan(10)
}, 60_000)

test('it goes on by each kind of writer, and is cut again', async () => {
  const next = numbers(29)
  let cuts = 0
  for (const instant of some(6, next)) {
    const first = cuts++ % 3
    lay(cut(instant, keeping(next)))
    const before = await assertSound(instant.step)
    let answered = before
    for (const writer of [...writers.slice(first), ...writers.slice(0, first)]) {
      await using store = await openEmbeddedStore({ directory: trial, writer })
      expect(await store.revision()).toBe(answered)
      for (let n = 0; n < 4; n++)
        answered = (await store.put({ key: `/more/${writer}/${n}`, value: Buffer.alloc(3_000, n), expected: 0 }))
          .revision
      // nothing is under way, and LMDB does not have what the journal has
      const left = files()
      await store.close()
      lay({ ...left, unclean: left.unclean && { ...left.unclean, boot: 'another' } })
    }
    await using store = await openEmbeddedStore({ directory: trial })
    expect(await store.revision()).toBe(before + 12)
    expect((await store.range({ start: '/more/', end: '/more0' })).kvs.length).toBe(12)
  }
  expect(cuts).toBeGreaterThan(3)
}, 60_000)
