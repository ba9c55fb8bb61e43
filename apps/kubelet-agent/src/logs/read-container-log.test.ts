import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readContainerLog } from './read-container-log.ts'

let folder: string
let log: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-log-'))
  log = join(folder, '0.log')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const line = (text: string) => `2026-11-26T04:00:00.000000000Z stdout F ${text}\n`
const rotate = (stamp: string) => rename(log, `${log}.${stamp}`)

/** Follows the log of a container that runs until `end`. */
function follow() {
  let running = true
  const pieces = readContainerLog({
    path: log,
    follow: true,
    timestamps: false,
    stream: 'All',
    previous: false,
    isRunning: async () => running,
    signal: new AbortController().signal,
  })
  return {
    pieces,
    end: () => {
      running = false
    },
    async rest(): Promise<string> {
      let text = ''
      for await (const piece of pieces) text += piece
      return text
    },
  }
}

test('nothing is lost, whenever a file is moved aside', async () => {
  const count = 100
  await writeFile(log, line('0'))
  const reader = follow()
  let text = ''
  let written: Promise<void> = Promise.resolve()
  for await (const piece of reader.pieces) {
    text += piece
    const seen = text.split('\n').length - 1
    if (seen === count) reader.end()
    // the reader looks for more meanwhile
    else written = written.then(() => rotateAndWrite(seen))
  }
  await written
  expect(text).toBe(Array.from({ length: count }, (_, i) => `${i}\n`).join(''))
})

/** The runtime writes into the old file until it has begun the new one. */
async function rotateAndWrite(i: number): Promise<void> {
  const moved = `${log}.${String(i).padStart(6, '0')}`
  await rename(log, moved)
  await appendFile(moved, line(String(i)))
  await writeFile(log, '')
}

/** Three more files, of one line each. */
async function rotateThrice(): Promise<void> {
  for (const [stamp, text] of [
    ['20261126-040000', 'b'],
    ['20261126-040010', 'c'],
    ['20261126-040020', 'd'],
  ] as const) {
    await rotate(stamp)
    await writeFile(log, line(text))
  }
}

test('a reader that rests over several rotations reads every file', async () => {
  await writeFile(log, line('a'))
  const reader = follow()
  expect(String((await reader.pieces.next()).value)).toBe('a\n')
  await rotateThrice()
  reader.end()
  expect(await reader.rest()).toBe('b\nc\nd\n')
})

test('files that were removed meanwhile are left out', async () => {
  await writeFile(log, line('a'))
  const reader = follow()
  expect(String((await reader.pieces.next()).value)).toBe('a\n')
  await rotateThrice()
  await rm(`${log}.20261126-040000`)
  await rm(`${log}.20261126-040010`)
  reader.end()
  expect(await reader.rest()).toBe('c\nd\n')
})
