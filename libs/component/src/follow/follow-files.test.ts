import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { followFiles } from './follow-files.ts'

let folder: string
let stop: AbortController
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-follow-'))
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  await rm(folder, { recursive: true, force: true })
})

/** Two files that belong together: their first words must be equal. */
async function follow(files: readonly string[], pollInterval = 3_600_000) {
  const faults: string[] = []
  const followed = await followFiles({
    files: files.map(name => join(folder, name)),
    load([a = '', b = '']) {
      if (a.split(' ')[0] !== b.split(' ')[0]) throw new Error(`${a} and ${b} do not belong together`)
      return `${a}, ${b}`
    },
    failed: error => faults.push(error.message),
    signal: stop.signal,
    pollInterval,
  })
  const told: string[] = []
  followed.onChange(value => told.push(value))
  return { followed, faults, told }
}
const write = (name: string, text: string) => writeFile(join(folder, name), text)
const replace = async (name: string, text: string) => {
  await write(`${name}.new`, text)
  await rename(join(folder, `${name}.new`), join(folder, name))
}

test('files that are written to or renamed over are read again', async () => {
  await write('a', '1 a')
  await write('b', '1 b')
  const { followed, faults, told } = await follow(['a', 'b'])
  expect(followed.current).toBe('1 a, 1 b')
  await replace('a', '2 a')
  await replace('b', '2 b')
  await expect.poll(() => followed.current).toBe('2 a, 2 b')
  await write('b', '2 other')
  await expect.poll(() => followed.current).toBe('2 a, 2 other')
  expect(told).toEqual(['2 a, 2 b', '2 a, 2 other'])
  expect(faults).toEqual([])
})

test('links that a mounted Secret swaps are followed', async () => {
  const version = async (n: number) => {
    await mkdir(join(folder, `..${n}`))
    await write(`..${n}/a`, `${n} a`)
    await write(`..${n}/b`, `${n} b`)
    await symlink(`..${n}`, join(folder, '..data_tmp'))
    await rename(join(folder, '..data_tmp'), join(folder, '..data'))
  }
  await version(1)
  for (const name of ['a', 'b']) await symlink(join('..data', name), join(folder, name))
  const { followed, faults } = await follow(['a', 'b'])
  await version(2)
  await expect.poll(() => followed.current).toBe('2 a, 2 b')
  await version(3)
  await rm(join(folder, '..2'), { recursive: true })
  await expect.poll(() => followed.current).toBe('3 a, 3 b')
  expect(faults).toEqual([])
})

test('what will not do is told once, what was before stays, and the mended files are taken', async () => {
  await write('a', '1 a')
  await write('b', '1 b')
  const { followed, faults, told } = await follow(['a', 'b'])
  await replace('a', '2 a')
  await expect.poll(() => faults).toEqual(['2 a and 1 b do not belong together'])
  expect(followed.current).toBe('1 a, 1 b')
  await write('unrelated', 'an event of the folder')
  await replace('b', '2 b')
  await expect.poll(() => followed.current).toBe('2 a, 2 b')
  await rm(join(folder, 'a'))
  await expect.poll(() => faults.length).toBe(2)
  expect(faults[1]).toContain('ENOENT')
  await replace('a', '2 a')
  await replace('b', '2 c')
  await expect.poll(() => followed.current).toBe('2 a, 2 c')
  expect(told).toEqual(['2 a, 2 b', '2 a, 2 c'])
  expect(faults).toHaveLength(2)
})

test('a folder that was replaced, which no event tells, is found at the next look', async () => {
  await mkdir(join(folder, 'in'))
  await write('in/a', '1 a')
  await write('in/b', '1 b')
  const { followed } = await follow(['in/a', 'in/b'], 40)
  await rename(join(folder, 'in'), join(folder, 'old'))
  await mkdir(join(folder, 'in'))
  await write('in/a', '2 a')
  await write('in/b', '2 b')
  await expect.poll(() => followed.current).toBe('2 a, 2 b')
  await replace('in/b', '2 c')
  await expect.poll(() => followed.current).toBe('2 a, 2 c')
})

test('what cannot be read at the start is an error', async () => {
  await expect(follow(['a', 'b'])).rejects.toThrow('ENOENT')
  await write('a', '1')
  await write('b', '2')
  await expect(follow(['a', 'b'])).rejects.toThrow('1 and 2 do not belong together')
})

test('nothing is read any more after the end', async () => {
  await write('a', '1 a')
  await write('b', '1 b')
  const { followed } = await follow(['a', 'b'], 20)
  stop.abort()
  await replace('b', '1 c')
  const other = await follow(['a', 'b'])
  await expect.poll(() => other.followed.current).toBe('1 a, 1 c')
  expect(followed.current).toBe('1 a, 1 b')
})
