import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../../testing/entry-under-test.ts'
import { scheduleProblem } from './schedule.ts'

const kind = entryUnderTest('batch', 'v1', 'CronJob')

const podSpec = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox:1' }] }
const jobTemplate = { spec: { template: { spec: podSpec } } }
const spec = (more: object = {}) => ({ spec: { schedule: '*/5 * * * *', jobTemplate, ...more } })

describe('a schedule', () => {
  it.each([
    '* * * * *',
    '*/5 0-23/2 1,15 jan-MAR mon-fri',
    '5/10 ? * * ?',
    '@daily',
    '@every 1h30m',
    'TZ=UTC 0 0 * * *',
    'CRON_TZ=Europe/Berlin @hourly',
  ])('%s is understood', text => {
    expect(scheduleProblem(text)).toBeUndefined()
  })

  it.each([
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['-5 * * * *', 'failed to parse int from : strconv.Atoi: parsing "": invalid syntax'],
    ['@often', 'unrecognized descriptor: @often'],
    ['@every 1d', 'failed to parse duration 1d: time: unknown unit "d" in duration "1d"'],
    ['@every 5', 'failed to parse duration 5: time: missing unit in duration "5"'],
    ['TZ=Mars/Base * * * * *', 'provided bad location Mars/Base: unknown time zone Mars/Base'],
    ['TZ=0', 'invalid schedule format: runtime error: slice bounds out of range [:-1]'],
  ])('%s is not: %s', (text, problem) => {
    expect(scheduleProblem(text)).toBe(problem)
  })
})

describe('a CronJob', () => {
  it('has upstream’s defaults; its template only those of pods', () => {
    const made = kind.made(spec())
    expect(made).toMatchObject({
      metadata: { generation: 1 },
      spec: {
        concurrencyPolicy: 'Allow',
        suspend: false,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
        jobTemplate: { spec: { template: { spec: { dnsPolicy: 'ClusterFirst' } } } },
      },
    })
    expect(made).not.toHaveProperty('spec.jobTemplate.spec.backoffLimit')
    expect(kind.errors(spec())).toEqual([])
  })

  const zone = 'spec.timeZone: Invalid value'
  it.each([
    [spec({ schedule: '' }), 'spec.schedule: Required value'],
    [
      spec({ schedule: 'TZ=UTC 0 0 * * *' }),
      'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
    [spec({ timeZone: '' }), `${zone}: "": timeZone must be nil or non-empty string`],
    [spec({ timeZone: 'Mars/Base' }), `${zone}: "Mars/Base": unknown time zone Mars/Base`],
    [spec({ timeZone: 'europe/berlin' }), `${zone}: "europe/berlin": unknown time zone europe/berlin`],
    [spec({ timeZone: '+01:00' }), `${zone}: "+01:00": unknown time zone +01:00`],
    [
      spec({ timeZone: 'Local' }),
      `${zone}: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones`,
    ],
    [
      spec({ concurrencyPolicy: 'Often' }),
      'spec.concurrencyPolicy: Unsupported value: "Often": supported values: "Allow", "Forbid", "Replace"',
    ],
    [
      spec({ jobTemplate: { spec: { ...jobTemplate.spec, selector: { matchLabels: { a: 'b' } } } } }),
      'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
    ],
    [
      spec({ jobTemplate: { spec: { ...jobTemplate.spec, manualSelector: true } } }),
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ],
    [
      spec({ jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: 'Always' } } } } }),
      'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ],
    [
      { ...spec(), metadata: { name: 'a'.repeat(53) } },
      `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
    ],
  ])('%j is refused: %s', (object, message) => {
    expect(kind.errors(object)).toEqual([message])
  })

  it.each(['Etc/UTC', 'Europe/Berlin', 'US/Pacific', 'UTC'])('may keep the time of %s', timeZone => {
    expect(kind.errors(spec({ timeZone }))).toEqual([])
  })

  it('may keep a zone in its schedule that it always had, and is warned', () => {
    const old = spec({ schedule: 'TZ=UTC 0 0 * * *' })
    expect(kind.updateErrors(old, old)).toEqual([])
    expect(kind.updateErrors(old, spec({ schedule: 'TZ=UTC 0 0 * * *', timeZone: 'UTC' }))).toEqual([
      'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use both timeZone field and TZ or CRON_TZ in schedule',
    ])
    const [next, before] = kind.updated(old, old)
    expect(kind.entry.strategy.warnings?.(next, before)).toEqual([
      'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
    ])
  })

  it('shows its schedule', () => {
    const status = { active: [{}], lastScheduleTime: '2024-01-01T00:05:00Z' }
    expect(kind.cells({ ...spec({ suspend: true, timeZone: 'UTC' }), status })).toEqual([
      'a',
      '*/5 * * * *',
      'UTC',
      'True',
      1,
      '5m',
      '10m',
      'c',
      'busybox:1',
      '<none>',
    ])
    expect(kind.cells(spec()).slice(2, 6)).toEqual(['<none>', '<unset>', 0, '<none>'])
  })
})
