import { expect, test } from 'vitest'
import { runPowerCuts } from './run.ts'

test('a store whose power is cut under load holds every acknowledged write', async () => {
  const reports = await runPowerCuts({ durability: 'disk', cuts: 6, within: 500 })
  expect(reports.flatMap(report => report.complaints)).toEqual([])
  for (const { acknowledged, found } of reports) expect(found).toBeGreaterThanOrEqual(acknowledged)
  // twenty before each cut, however slow the disk is
  expect(reports.at(-1)?.acknowledged).toBeGreaterThanOrEqual(120)
}, 90_000)

test('and one that does not wait for the disk loses some: the test sees it', async () => {
  const reports = await runPowerCuts({ durability: 'none', cuts: 2, within: 300 })
  expect(reports.flatMap(report => report.complaints).length).toBeGreaterThan(0)
}, 90_000)
