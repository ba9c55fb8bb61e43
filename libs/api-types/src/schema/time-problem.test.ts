import { describe, expect, it } from 'vitest'
import { timeProblem } from './time-problem.ts'

describe('a text that is no time', () => {
  it.each([
    ['', 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
    ['today', 'parsing time "today" as "2006-01-02T15:04:05Z07:00": cannot parse "today" as "2006"'],
    ['2020-01-01', 'parsing time "2020-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    ['2020-13-01T00:00:00Z', 'parsing time "2020-13-01T00:00:00Z": month out of range'],
    ['2020-02-30T00:00:00Z', 'parsing time "2020-02-30T00:00:00Z": day out of range'],
    ['2020-01-01T00:00:00Zx', 'parsing time "2020-01-01T00:00:00Zx": extra text: "x"'],
    ['2020-01-01T00:00:00.5Zx', 'parsing time "2020-01-01T00:00:00.5Zx": extra text: "x"'],
  ])('%j is told as Go tells it', (value, problem) => {
    expect(timeProblem(value, 'Time')).toBe(problem)
  })
  it('has to have its microseconds where the layout has them', () => {
    expect(timeProblem('2020-01-01T00:00:00Z', 'MicroTime')).toBe(
      'parsing time "2020-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    )
  })
})
