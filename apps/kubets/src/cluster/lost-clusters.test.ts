import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clusterId, identify } from '../cluster-directory/index.ts'
import { rangeReservations } from '../network/index.ts'
import { lostClusters, pathOfGone } from './lost-clusters.ts'
import { beginRunRecord, keepRunRecord, readRunRecord } from './run-record.ts'

let folder: string
let run: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-lost-'))
  run = join(folder, 'run')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const ended = { pid: 2 ** 22 + 1, started: '1' }
const runOf = (directory: string) => join(run, clusterId(directory))

test('a cluster is lost when its run directory says whose it is, and that folder is gone', async () => {
  const [there, gone] = [join(folder, 'there'), join(folder, 'gone')]
  await mkdir(there)
  await writeFile(join(there, 'cluster.json'), '{}')
  const self = await identify(process.pid)
  for (const directory of [there, gone])
    await beginRunRecord(runOf(directory), { directory, processes: { supervisor: self, 'api-server': ended } })
  expect(await lostClusters(run)).toEqual([{ id: clusterId(gone), directory: gone, processes: [self] }])
})

test('one of an earlier version is known by the ranges that it holds', async () => {
  const gone = join(folder, 'gone')
  await mkdir(runOf(gone), { recursive: true })
  await rangeReservations(join(run, 'ranges'), run).reserve(
    { id: clusterId(gone), directory: gone },
    { nodes: '10.1.0.0/24', pods: '10.2.0.0/16', services: '10.3.0.0/16' },
  )
  expect(await lostClusters(run)).toEqual([{ id: clusterId(gone), directory: gone, processes: [] }])
})

test('what nobody knows, and what a record does not own, is left alone', async () => {
  await mkdir(join(run, '0123abcd'), { recursive: true })
  await beginRunRecord(join(run, '89abcdef'), { directory: join(folder, 'gone'), processes: {} })
  await mkdir(join(run, 'runtime'))
  expect(await lostClusters(run)).toEqual([])
})

test('a record is not written again once the run directory is gone', async () => {
  const record = { directory: folder, processes: {} }
  await keepRunRecord(join(run, 'gone'), record)
  expect(await readRunRecord(join(run, 'gone'))).toBeUndefined()
  await beginRunRecord(join(run, 'there'), record)
  await keepRunRecord(join(run, 'there'), { ...record, processes: { etcd: ended } })
  expect(await readRunRecord(join(run, 'there'))).toEqual({ directory: folder, processes: { etcd: ended } })
})

test('the path of a folder that is gone is that which it had: links above it are followed', async () => {
  await mkdir(join(folder, 'real'))
  await symlink(join(folder, 'real'), join(folder, 'link'))
  expect(await pathOfGone(join(folder, 'link', 'cluster'))).toBe(join(folder, 'real', 'cluster'))
})
