import { expect, test } from 'vitest'
import { describeFlags, parseDuration, parseFlags, UsageError } from './flags.ts'

const table = {
  'bind-address': { type: 'string', default: '0.0.0.0', help: 'Where to listen.' },
  'secure-port': { type: 'int', default: 6443, help: 'Port.' },
  'event-ttl': { type: 'duration', default: '1h', help: 'How long events live.' },
  'etcd-servers': { type: 'strings', help: 'Servers.' },
  'leader-elect': { type: 'bool', default: true, help: 'Elect.' },
  mode: { type: 'string', choices: ['a', 'b'], help: 'Mode.' },
  pair: { type: 'list', help: 'Pairs.' },
  only: { type: 'regexp', help: 'Which.' },
  v: { type: 'int', short: 'v', default: 0, help: 'Verbosity.' },
  'apiserver-count': { type: 'int', help: 'Old.', deprecated: 'it has no effect' },
} as const

test('flags that are absent have their defaults', () => {
  const { values, given } = parseFlags(table, [])
  expect(values).toEqual({
    'bind-address': '0.0.0.0',
    'secure-port': 6443,
    'event-ttl': 3_600_000,
    'etcd-servers': [],
    'leader-elect': true,
    mode: undefined,
    pair: [],
    only: undefined,
    v: 0,
    'apiserver-count': undefined,
  })
  expect(given.size).toBe(0)
})

test.each([
  [['--secure-port=1'], 'secure-port', 1],
  [['--secure-port', '1'], 'secure-port', 1],
  [['--leader-elect=false'], 'leader-elect', false],
  [['--leader-elect'], 'leader-elect', true],
  [['-v', '4'], 'v', 4],
  [['-v=4'], 'v', 4],
  [['--event-ttl=1h30m'], 'event-ttl', 5_400_000],
  [['--etcd-servers=a,b', '--etcd-servers=c'], 'etcd-servers', ['a', 'b', 'c']],
  [['--pair=a,b', '--pair', 'c,d:e'], 'pair', ['a,b', 'c,d:e']],
  [['--bind-address=x', '--bind-address=y'], 'bind-address', 'y'],
  [['--only', '^a|b$'], 'only', /^a|b$/],
] as const)('%j sets %s', (argv, name, value) => {
  const { values } = parseFlags(table, argv)
  expect(values[name]).toEqual(value)
})

test.each([
  [['--secure-prt=1'], 'unknown flag: --secure-prt (did you mean --secure-port?)'],
  [['--xyzzy'], 'unknown flag: --xyzzy'],
  [['-x'], "unknown shorthand flag: 'x' in -x"],
  [['--secure-port'], 'flag needs an argument: --secure-port'],
  [['--secure-port=many'], 'invalid argument "many" for "--secure-port" flag: must be a whole number'],
  [['--leader-elect=maybe'], 'invalid argument "maybe" for "--leader-elect" flag: must be true or false'],
  [['--event-ttl=soon'], 'must be a duration such as 30s, 5m or 1h30m'],
  [['--only=('], 'invalid argument "(" for "--only" flag: Invalid regular expression'],
  [['--mode=c'], 'must be one of a, b'],
])('%j is refused with %s', (argv, message) => {
  expect(() => parseFlags(table, argv)).toThrow(UsageError)
  expect(() => parseFlags(table, argv)).toThrow(message)
})

test('a deprecated flag is taken with a warning that says what holds today', () => {
  const { values, warnings } = parseFlags(table, ['--apiserver-count=3'])
  expect(values['apiserver-count']).toBe(3)
  expect(warnings).toEqual(['Flag --apiserver-count has been deprecated, it has no effect'])
})

test('what is no flag, and all after --, is positional', () => {
  expect(parseFlags(table, ['load', '-v', '1', 'x.tar', '--', '--secure-port']).positionals).toEqual([
    'load',
    'x.tar',
    '--secure-port',
  ])
})

test.each([
  ['0', 0],
  ['1.5s', 1_500],
  ['1h', 3_600_000],
  ['2m3s', 123_000],
  ['100ms', 100],
  ['-1s', -1_000],
  ['1', undefined],
  ['', undefined],
  ['1d', undefined],
])('the duration %j is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test('--help lists every flag that is not deprecated, with defaults and choices', () => {
  const help = describeFlags(table)
  expect(help).toMatch(/--secure-port int\s+Port\. \(default 6443\)/)
  expect(help).toContain('One of: a, b.')
  expect(help).toContain('-v, --v int')
  expect(help).not.toContain('apiserver-count')
})

test.each([
  [0, '0s'],
  [500, '500ms'],
  [1_500, '1.5s'],
  [90_000, '1m30s'],
  [300_000, '5m'],
  [5_400_000, '1h30m'],
  [31_536_000_000, '8760h'],
])('--help shows a default of %d ms as the duration %s, which the flag takes back', (ms, shown) => {
  const help = describeFlags({ wait: { type: 'duration', default: ms, help: 'How long.' } })
  expect(help).toContain(`(default ${shown})`)
  expect(parseDuration(shown)).toBe(ms)
})
