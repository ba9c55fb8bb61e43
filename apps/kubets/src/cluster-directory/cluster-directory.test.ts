import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ClusterConfig } from './cluster-config.ts'
import { claim, clusterId, identify, isAlive, openClusterDirectory } from './index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-directory-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const config = (path: string): ClusterConfig => ({
  version: 1,
  id: clusterId(path),
  runtime: 'fake',
  storage: 'embedded',
  etcdServers: [],
  port: 6443,
  ranges: { nodes: '10.89.0.0/24', pods: '10.244.0.0/16', services: '10.96.0.0/16' },
  nodes: ['node-1'],
})

test('what was saved is read again', async () => {
  const directory = await openClusterDirectory(join(folder, 'c'), { create: true })
  expect(directory.config).toBeUndefined()
  await directory.save(config(directory.path))
  expect((await openClusterDirectory(join(folder, 'c'), { create: false })).config).toEqual(config(directory.path))
})

test('a directory that a living process has cannot be claimed', async () => {
  const directory = await openClusterDirectory(join(folder, 'c'), { create: true })
  await directory.record({ supervisor: await identify(process.ppid) })
  await expect(claim(directory)).rejects.toThrow(`already up (process ${process.ppid})`)
  // a process id that was given to another since is nobody
  await directory.record({ supervisor: { pid: process.ppid, started: '1' } })
  await claim(directory)
  expect((await directory.supervisor())?.pid).toBe(process.pid)
})

test.each([
  ['{"version":1', 'cluster.json is damaged'],
  ['{}', 'it has no version'],
  ['{"version":9}', 'it has format 9 and this kubets reads format 1'],
  ['{"version":1,"id":"x"}', 'fields are missing or have the wrong type'],
])('cluster.json %s is refused with a way out', async (text, why) => {
  await mkdir(join(folder, 'c'))
  await writeFile(join(folder, 'c', 'cluster.json'), text)
  const opening = openClusterDirectory(join(folder, 'c'), { create: true })
  await expect(opening).rejects.toThrow(why)
  await expect(openClusterDirectory(join(folder, 'c'), { create: true })).rejects.toThrow("'kubets reset --dir")
})

test("somebody else's folder is refused", async () => {
  await writeFile(join(folder, 'notes.txt'), 'mine')
  await expect(openClusterDirectory(folder, { create: true })).rejects.toThrow(
    'holds other files (notes.txt) and no cluster',
  )
})

test('a process that ended is not alive, nor is another one with its id', async () => {
  expect(await isAlive(await identify(process.pid))).toBe(true)
  expect(await isAlive({ pid: process.pid, started: '1' })).toBe(false)
})
