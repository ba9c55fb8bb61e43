import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rotateLog } from './rotate-logs.ts'

let dir: string
let log: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rotate-'))
  log = join(dir, '0.log')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const rotate = (now: number, reopen = () => writeFile(log, 'new')) =>
  rotateLog(log, { maxSize: 10, maxFiles: 3, now, reopen })

test('a small log stays', async () => {
  await writeFile(log, 'short')
  expect(await rotate(0)).toBe(false)
  expect(await readdir(dir)).toEqual(['0.log'])
})

test('a large one is moved aside, and the oldest go', async () => {
  for (let day = 1; day <= 5; day++) {
    await writeFile(log, 'a long line of text')
    expect(await rotate(Date.UTC(2026, 0, day))).toBe(true)
  }
  expect((await readdir(dir)).sort()).toEqual(['0.log', '0.log.20260104-000000', '0.log.20260105-000000'])
})

test('a log that the runtime cannot open anew is put back', async () => {
  await writeFile(log, 'a long line of text')
  await expect(rotate(0, () => Promise.reject(new Error('busy')))).rejects.toThrow('busy')
  expect(await readdir(dir)).toEqual(['0.log'])
})
