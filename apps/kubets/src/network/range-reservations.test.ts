import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Reservations, rangeReservations } from './range-reservations.ts'

const ranges = { nodes: '10.89.0.0/24', pods: '10.244.0.0/16', services: '10.96.0.0/16' }
let run: string
let reservations: Reservations
const cluster = (id: string) => ({ id, directory: join(run, 'clusters', id) })
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'kubets-ranges-'))
  reservations = rangeReservations(join(run, 'ranges'), run)
})
afterEach(() => rm(run, { recursive: true, force: true }))

test('of many that want the same ranges at once, one has them', async () => {
  const ends = await Promise.all(
    Array.from({ length: 20 }, (_, i) => reservations.reserve(cluster(`cluster-${i}`), ranges)),
  )
  expect(ends.filter(end => end.taken === undefined)).toHaveLength(1)
})

test('a cluster may reserve again what it has, and others what it gave back', async () => {
  expect(await reservations.reserve(cluster('a'), ranges)).toEqual({})
  expect(await reservations.reserve(cluster('a'), ranges)).toEqual({})
  expect(await reservations.reserve(cluster('b'), ranges)).toEqual({ taken: ranges.nodes })
  await reservations.release('a')
  expect(await reservations.reserve(cluster('b'), ranges)).toEqual({})
})

test('who gets not all gets none', async () => {
  await reservations.reserve(cluster('a'), ranges)
  expect(await reservations.reserve(cluster('b'), { ...ranges, nodes: '10.89.1.0/24' })).toEqual({ taken: ranges.pods })
  expect(await readdir(join(run, 'ranges'))).not.toContain('10.89.1.0_24')
})

async function growOld() {
  const old = new Date(Date.now() - 3_600_000)
  for (const name of await readdir(join(run, 'ranges'))) await utimes(join(run, 'ranges', name), old, old)
}

test('a cluster that is down keeps its ranges as long as its directory is there', async () => {
  await reservations.reserve(cluster('down'), ranges)
  await mkdir(cluster('down').directory, { recursive: true })
  await writeFile(join(cluster('down').directory, 'cluster.json'), '{}')
  await growOld()
  expect(await reservations.heldByOthers('b')).toEqual(expect.arrayContaining(Object.values(ranges)))
  expect(await reservations.heldByOthers('down')).toEqual([])
  expect(await reservations.reserve(cluster('b'), ranges)).toEqual({ taken: ranges.nodes })
  await rm(cluster('down').directory, { recursive: true })
  expect(await reservations.heldByOthers('b')).toEqual([])
  expect(await reservations.reserve(cluster('b'), ranges)).toEqual({})
})

test('a reservation of a start that was killed does not stay for ever, one of a running cluster does', async () => {
  await reservations.reserve(cluster('killed'), ranges)
  await growOld()
  await mkdir(join(run, 'killed'))
  expect(await reservations.reserve(cluster('b'), ranges)).toEqual({ taken: ranges.nodes })
  await rm(join(run, 'killed'), { recursive: true })
  expect(await reservations.reserve(cluster('b'), ranges)).toEqual({})
})
