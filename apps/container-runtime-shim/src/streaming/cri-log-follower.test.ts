import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { followCriLog } from './cri-log-follower.ts'

let dir: string
let path: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'log-'))
  path = join(dir, '0.log')
})
afterEach(() => rmSync(dir, { recursive: true }))

const line = (stream: string, tag: string, text: string) =>
  `2026-01-01T00:00:00.000000000+00:00 ${stream} ${tag} ${text}\n`

async function collect(pieces: AsyncGenerator<{ stream: string; bytes: Buffer }>): Promise<string[]> {
  const seen: string[] = []
  for await (const { stream, bytes } of pieces) seen.push(`${stream}:${bytes}`)
  return seen
}

test('what is printed from now on comes back byte for byte, across a rotation, until the end', async () => {
  writeFileSync(path, line('stdout', 'F', 'before'))
  const ended = Promise.withResolvers<void>()
  const reading = collect(await followCriLog(path, ended.promise, new AbortController().signal))
  appendFileSync(path, line('stdout', 'F', 'one two') + line('stderr', 'P', 'part'))
  const last = line('stdout', 'F', 'last of the old file')
  appendFileSync(path, last.slice(0, 10))
  renameSync(path, `${path}.1`)
  appendFileSync(`${path}.1`, last.slice(10))
  writeFileSync(path, line('stdout', 'F', '') + line('stdout', 'P', ' spaces kept '))
  ended.resolve()
  expect(await reading).toEqual([
    'stdout:one two\n',
    'stderr:part',
    'stdout:last of the old file\n',
    'stdout:\n',
    'stdout: spaces kept ',
  ])
})

test('a client that leaves ends the reading', async () => {
  writeFileSync(path, '')
  const gone = new AbortController()
  const pieces = await followCriLog(path, new Promise(() => undefined), gone.signal)
  appendFileSync(path, line('stdout', 'F', 'x'))
  expect(String((await pieces.next()).value?.bytes)).toBe('x\n')
  const rest = collect(pieces)
  setImmediate(() => gone.abort())
  expect(await rest).toEqual([])
})

test('a log that is not there is an error at once', async () => {
  await expect(followCriLog(path, Promise.resolve(), new AbortController().signal)).rejects.toThrow('ENOENT')
})
