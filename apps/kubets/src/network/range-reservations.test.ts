import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Reservations, rangeReservations } from './range-reservations.ts'

const ranges = { nodes: '10.89.0.0/24', pods: '10.244.0.0/16', services: '10.96.0.0/16' }
let run: string
let reservations: Reservations
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'kubets-ranges-'))
  reservations = rangeReservations(join(run, 'ranges'), run)
})
afterEach(() => rm(run, { recursive: true, force: true }))

test('of many that want the same ranges at once, one has them', async () => {
  const ends = await Promise.all(Array.from({ length: 20 }, (_, i) => reservations.reserve(`cluster-${i}`, ranges)))
  expect(ends.filter(end => end.taken === undefined)).toHaveLength(1)
})

test('a cluster may reserve again what it has, and others what it gave back', async () => {
  expect(await reservations.reserve('a', ranges)).toEqual({})
  expect(await reservations.reserve('a', ranges)).toEqual({})
  expect(await reservations.reserve('b', ranges)).toEqual({ taken: ranges.nodes })
  await reservations.release('a')
  expect(await reservations.reserve('b', ranges)).toEqual({})
})

test('who gets not all gets none', async () => {
  await reservations.reserve('a', ranges)
  expect(await reservations.reserve('b', { ...ranges, nodes: '10.89.1.0/24' })).toEqual({ taken: ranges.pods })
  expect(await readdir(join(run, 'ranges'))).not.toContain('10.89.1.0_24')
})

test('a reservation of a start that was killed does not stay for ever, one of a running cluster does', async () => {
  await reservations.reserve('killed', ranges)
  const old = new Date(Date.now() - 3_600_000)
  for (const name of await readdir(join(run, 'ranges'))) await utimes(join(run, 'ranges', name), old, old)
  await mkdir(join(run, 'killed'))
  expect(await reservations.reserve('b', ranges)).toEqual({ taken: ranges.nodes })
  await rm(join(run, 'killed'), { recursive: true })
  expect(await reservations.reserve('b', ranges)).toEqual({})
})
