import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dataFile } from '../data-file.ts'
import { RoomAhead } from './room-ahead.ts'

const step = 2 ** 16
const plenty = () => 4 * 2 ** 30

let directory: string
const file = () => join(directory, dataFile)
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kubets-ahead-'))
  writeFileSync(file(), Buffer.alloc(10 * 4096, 1))
})
afterEach(() => rmSync(directory, { recursive: true }))

test('blocks are written behind the last page, again when few are left, and never before it', () => {
  let lastPage = 9
  using ahead = new RoomAhead(directory, () => lastPage, plenty)
  ahead.keep()
  ahead.keep()
  expect(statSync(file()).size).toBe(10 * 4096 + step)
  lastPage = 9 + 14
  ahead.keep()
  expect(statSync(file()).size).toBe(10 * 4096 + 2 * step)
  const bytes = readFileSync(file())
  expect(bytes.subarray(0, 10 * 4096).every(byte => byte === 1)).toBe(true)
  expect(bytes.subarray(10 * 4096).every(byte => byte === 0)).toBe(true)
})

test('pages that came beyond them are left alone', () => {
  let lastPage = 9
  using ahead = new RoomAhead(directory, () => lastPage, plenty)
  ahead.keep()
  lastPage = 999
  writeFileSync(file(), Buffer.alloc(1_000 * 4096, 1))
  ahead.keep()
  const bytes = readFileSync(file())
  expect(bytes.length).toBe(1_000 * 4096 + (1_000 * 4096) / 8)
  expect(bytes.subarray(0, 1_000 * 4096).every(byte => byte === 1)).toBe(true)
})

test('where less than two gigabytes are free nothing is taken', () => {
  using ahead = new RoomAhead(
    directory,
    () => 9,
    () => 2 ** 30,
  )
  ahead.keep()
  expect(statSync(file()).size).toBe(10 * 4096)
})
