import { expect, test } from 'vitest'
import { runPowerCuts } from './run.ts'

// a thread's commits take one flush, those of the loop two; a journal has many that LMDB gets later
test.each([
  ['journal', 6],
  ['thread', 6],
  ['loop', 2],
] as const)(
  'a store whose power is cut while a %s writes holds every acknowledged write',
  async (writer, cuts) => {
    const reports = await runPowerCuts({ durability: 'disk', writer, cuts, within: 500 })
    expect(reports.flatMap(report => report.complaints)).toEqual([])
    for (const { acknowledged, found } of reports) expect(found).toBeGreaterThanOrEqual(acknowledged)
    // twenty before each cut, however slow the disk is
    expect(reports.at(-1)?.acknowledged).toBeGreaterThanOrEqual(20 * cuts)
  },
  90_000,
)

test('and one that does not wait for the disk loses some: the test sees it', async () => {
  const reports = await runPowerCuts({ durability: 'none', writer: 'journal', cuts: 2, within: 300 })
  expect(reports.flatMap(report => report.complaints).length).toBeGreaterThan(0)
}, 90_000)
