import { execFile, spawn } from 'node:child_process'
import { readdirSync, readFileSync, statfsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openEmbeddedStore } from './index.ts'

const run = promisify(execFile)

interface Told {
  acknowledged: [string, number][]
  failures: [string, number][]
  /** Keys that were read while the disk was full. */
  whileFull: number
  /** Keys as the watch told them. */
  seen: number
  deleted: boolean
  afterwards: boolean
  present: [string, number][]
}

let folder: string
let disk: string

async function mounted(size: string): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'kubets-full-'))
  disk = join(folder, 'disk')
  await mkdir(disk)
  const image = join(folder, 'image')
  await run('truncate', ['-s', size, image])
  await run('mkfs.ext4', ['-q', '-F', image])
  await run('mount', ['-o', 'loop', image, disk])
}
afterEach(async () => {
  await run('umount', [disk])
  await rm(folder, { recursive: true, force: true })
})

const refusal = () =>
  `NoSpaceError: etcdserver: mvcc: database space exceeded: the disk of ${join(disk, 'store')} is full`

describe.each(['loop', 'thread'] as const)('on a file system that is full, written by the %s', by => {
  beforeEach(() => mounted('64M'))

  async function writer(mode: 'live' | 'die' | 'resume'): Promise<{ end: string; told: Told }> {
    const program = join(import.meta.dirname, 'testdata', 'full-file-system.ts')
    const child = spawn(process.execPath, [program, disk, mode, by], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', data => {
      output += data
    })
    const end = await new Promise<string>(resolve =>
      child.once('close', (code, signal) => resolve(String(signal ?? code))),
    )
    return { end, told: output === '' ? ({} as Told) : JSON.parse(output) }
  }

  test('the process lives: puts are refused, the rest goes on, and puts too when there is room', async () => {
    const { end, told } = await writer('live')
    expect(end).toBe('0')
    expect(told.failures.map(([text]) => text)).toEqual([refusal()])
    expect(told.deleted).toBe(true)
    expect(told.afterwards).toBe(true)
    expect(told.whileFull).toBeGreaterThan(100)
    expect(new Map(told.present)).toEqual(new Map(told.acknowledged))
    expect(told.seen).toBe(told.present.length)
  })

  test('a process that was killed there comes back there, and serves what was acknowledged', async () => {
    const first = await writer('die')
    expect(first.end).toBe('SIGKILL')
    await rm(join(disk, 'store', 'data.mdb-lock'))
    const { end, told } = await writer('resume')
    expect(end).toBe('0')
    expect(told.failures.map(([text]) => text)).toEqual([refusal()])
    expect(told.afterwards).toBe(true)
    const expected = new Map([...first.told.acknowledged, ...told.acknowledged])
    expected.delete('/first/0')
    expect(new Map(told.present)).toEqual(expected)
  })
})

test('a process that was killed on one that was full, with writes that only the journal had, comes back there: the journal has the room for them', async () => {
  await mounted('1500M')
  const killed = run(process.execPath, [join(import.meta.dirname, 'testdata', 'filled-at-once.ts'), disk, 'die'])
  await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' })
  const acknowledged = JSON.parse(readFileSync(join(folder, 'acknowledged'), 'utf8'))
  expect(acknowledged).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  const { bavail } = statfsSync(disk)
  expect(bavail).toBe(0)
  const directory = join(disk, 'store')
  await using store = await openEmbeddedStore({ directory })
  expect((await store.range({ start: '/before/', end: '/before0' })).kvs.map(({ modRevision }) => modRevision)).toEqual(
    acknowledged,
  )
  expect(readdirSync(directory)).not.toContain('journal')
})

test('a file system that fills up while LMDB does not have what the journal has: nothing of that is lost, and all goes on when there is room', async () => {
  // a journal needs a gigabyte of room to begin with
  await mounted('1500M')
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'testdata', 'filled-at-once.ts'), disk])
  const { acknowledged, whileFull, afterwards, present } = JSON.parse(stdout)
  expect(acknowledged).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  expect(whileFull).toEqual([refusal(), refusal(), 12, refusal()])
  expect(afterwards).toBe(13)
  expect(present).toBe(12)
})
