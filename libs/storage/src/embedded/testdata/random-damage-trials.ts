import { copyFile, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { KeyValueStore } from '../../key-value-store.ts'
import { dataFile } from '../data-file.ts'
import { openEmbeddedStore } from '../index.ts'
import { told } from './told.ts'

/*
 * A process of its own, which damage may end. It takes trials as lines of JSON and answers each with one: `refused` and how, `right`, or
 * `wrong` and what. Folder: `before.mdb` and `store.mdb`, a store's file at two times.
 */

export interface Trial {
  kind:
    | 'bit'
    | 'bit of a header'
    | 'bit of a beginning'
    | 'garbage'
    | 'zeros'
    | 'another page'
    | 'torn page'
    | 'lost write'
  /** What is random in it: numbers from 0 to 1. */
  page: number
  place: number
  value: number
}

export interface TrialResult {
  ended: 'refused' | 'right' | 'wrong'
  detail: string
}

const pageSize = 4096
const sector = 512

async function damage(folder: string, path: string, { kind, page, place, value }: Trial): Promise<void> {
  await using file = await open(path, 'r+')
  const pages = Math.floor((await file.stat()).size / pageSize)
  const beginning = kind === 'bit of a beginning'
  const at = Math.floor(page * (beginning ? 2 : pages)) * pageSize
  const bytes = Buffer.alloc(pageSize)
  await file.read(bytes, 0, pageSize, at)
  const flip = (offset: number) => bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << Math.floor(value * 8)), offset)
  if (kind === 'bit') flip(Math.floor(place * pageSize))
  else if (kind === 'bit of a header' || beginning) flip(Math.floor(place * 160))
  else if (kind === 'garbage')
    for (let i = 0; i < pageSize; i++) bytes[i] = Math.imul(i + 1, Math.floor(value * 2 ** 31)) >>> 24
  else if (kind === 'zeros') bytes.fill(0)
  else if (kind === 'another page') await file.read(bytes, 0, pageSize, Math.floor(place * pages) * pageSize)
  else {
    // the disk kept what the page was, wholly or from some sector on
    const from = kind === 'lost write' ? 0 : sector * (1 + Math.floor(place * 7))
    // it had none where the file was shorter then
    const old = Buffer.alloc(pageSize)
    const before = await readFile(join(folder, 'before.mdb'))
    before.subarray(at, at + pageSize).copy(old)
    old.copy(bytes, from, from)
  }
  await file.write(bytes, 0, pageSize, at)
}

/** Uses what damage may have touched: pages are taken, freed and merged. */
async function change(store: KeyValueStore): Promise<void> {
  const { kvs } = await store.range({ start: '\0', end: '\xff' })
  for (const [i, { key, modRevision }] of kvs.entries()) {
    if (i % 5 === 0) void store.delete({ key, expected: modRevision })
    else if (i % 3 === 0) void store.put({ key, value: Buffer.alloc((i * 97) % 9_000, key), expected: modRevision })
  }
  await store.put({ key: '/last', value: Buffer.from('one'), expected: 0 })
}

async function telling(directory: string): Promise<string[][]> {
  const all: string[][] = []
  {
    await using store = await openEmbeddedStore({ directory })
    all.push(await told(store, since))
    await change(store)
    all.push(await told(store, since))
  }
  await using store = await openEmbeddedStore({ directory })
  all.push(await told(store, since))
  return all
}

const folder = process.argv[2] as string
const since = Number(process.argv[3])
const directory = join(folder, `trial-${process.pid}`)

async function fresh(): Promise<string> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory)
  const path = join(directory, dataFile)
  await copyFile(join(folder, 'store.mdb'), path)
  return path
}

await fresh()
const expected = await telling(directory)

for await (const line of createInterface({ input: process.stdin })) {
  const path = await fresh()
  await damage(folder, path, JSON.parse(line))
  let result: TrialResult
  try {
    const found = await telling(directory)
    const at = found.findIndex(
      (lines, i) => lines.length !== expected[i]?.length || lines.some((l, j) => l !== expected[i]?.[j]),
    )
    const other = found[at]?.find((text, i) => text !== expected[at]?.[i])
    result = at < 0 ? { ended: 'right', detail: '' } : { ended: 'wrong', detail: `${at}: ${other?.slice(0, 200)}` }
  } catch (error) {
    const { message } = error as Error
    result = { ended: message.includes('is damaged') ? 'refused' : 'wrong', detail: message }
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
await rm(directory, { recursive: true, force: true })
