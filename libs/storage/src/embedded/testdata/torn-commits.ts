import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyValueStore } from '../../key-value-store.ts'
import { openEmbeddedStore } from '../index.ts'
import { readUnclean, type Unclean } from '../sealing/unclean.ts'
import { told } from './told.ts'

export const sector = 512
export const page = 4096

/** The same numbers each time. */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x80000000
  }
}

/** The file as the disk had it before a commit and after it. */
export interface Commit {
  before: Buffer
  after: Buffer
  /** What both hold. */
  holds: { before: string[]; after: string[] }
}

/** Some commits of a store that a thread writes, small and large ones, and what stood beside the file meanwhile. */
export async function commitsOf(directory: string): Promise<{ commits: Commit[]; unclean: Unclean }> {
  const data = () => readFileSync(join(directory, 'data.mdb'))
  const commits: Commit[] = []
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
  return { commits, unclean: readUnclean(directory) as Unclean }
}

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

/** Where both differ, in sectors: what the commit wrote. Where the file was shorter there was nothing. */
export function sectorsOf({ before, after }: Commit): number[] {
  const found: number[] = []
  for (let at = 0; at + sector <= after.length; at += sector)
    if (!after.subarray(at, at + sector).equals(oldSector(before, at))) found.push(at)
  return found
}

export function oldSector(before: Buffer, at: number): Buffer {
  const old = Buffer.alloc(sector)
  before.subarray(at, at + sector).copy(old)
  return old
}

/** The disk kept what it had in these sectors. */
export function torn({ before, after }: Commit, sectors: readonly number[]): Buffer {
  const bytes = Buffer.from(after)
  for (const at of sectors) oldSector(before, at).copy(bytes, at)
  return bytes
}

/** The first revision of which it tells. */
export const sinceOf = ({ holds: { before } }: Commit): number => {
  const first = before.find(line => /^(put|delete) /.test(line))
  return Number(first?.split(' ')[2])
}
