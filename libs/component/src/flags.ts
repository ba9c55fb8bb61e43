/** One flag of a service, in upstream's name and meaning. */
export interface FlagSpec {
  /** `duration` is Go's form (`1h30m`, `500ms`) and arrives as milliseconds; `strings` is comma separated and repeatable, `list` only repeatable; `regexp` is JavaScript's. */
  readonly type: 'string' | 'bool' | 'int' | 'number' | 'duration' | 'strings' | 'list' | 'regexp'
  /** One sentence for `--help`. */
  readonly help: string
  /** Used when the flag is absent. Without one the value is `undefined` (`false` for bool, `[]` for strings). */
  readonly default?: string | boolean | number | readonly string[]
  /** Set for names that upstream has removed or deprecated: what to use instead. The flag is accepted with a warning. */
  readonly deprecated?: string
  /** The allowed values of a `string`. */
  readonly choices?: readonly string[]
  /** One letter: `v` for `-v 4`, `n` for `-n x`. */
  readonly short?: string
}

export type FlagTable = Readonly<Record<string, FlagSpec>>

type Base<S extends FlagSpec> = S['type'] extends 'bool'
  ? boolean
  : S['type'] extends 'int' | 'number' | 'duration'
    ? number
    : S['type'] extends 'strings' | 'list'
      ? readonly string[]
      : S['type'] extends 'regexp'
        ? RegExp
        : string

type Value<S extends FlagSpec> = S extends { readonly default: string | boolean | number | readonly string[] }
  ? Base<S>
  : S['type'] extends 'bool' | 'strings' | 'list'
    ? Base<S>
    : Base<S> | undefined

/** The parsed values, keyed by flag name. */
export type FlagValues<T extends FlagTable> = { readonly [K in keyof T]: Value<T[K]> }

export interface ParsedFlags<T extends FlagTable> {
  values: FlagValues<T>
  /** The names that stood on the command line. */
  given: ReadonlySet<string>
  /** Arguments that are not flags, and everything after `--`. */
  positionals: readonly string[]
  /** One line for each deprecated flag that was used. */
  warnings: readonly string[]
}

/** The user typed something that we cannot take; the message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads a command line against a table. Throws {@link UsageError} with pflag's wording (`unknown flag: --x`). */
export function parseFlags<const T extends FlagTable>(
  table: T,
  argv: readonly string[],
  /** Flags that upstream has and this service does not: the refusal says so. */
  absent?: ReadonlySet<string>,
): ParsedFlags<T> {
  const values: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries(table)) {
    if (spec.default !== undefined) values[name] = convert(name, spec, spec.default)
    else if (spec.type === 'bool') values[name] = false
    else if (isList(spec)) values[name] = []
    else values[name] = undefined
  }
  const shorts = new Map(Object.entries(table).flatMap(([name, s]) => (s.short ? [[s.short, name] as const] : [])))
  const given = new Set<string>()
  const positionals: string[] = []
  const warnings: string[] = []

  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] as string
    if (arg === '--') {
      positionals.push(...argv.slice(i + 1))
      break
    }
    if (!arg.startsWith('-') || arg === '-') {
      positionals.push(arg)
      continue
    }
    const long = arg.startsWith('--')
    const eq = arg.indexOf('=')
    const typed = eq === -1 ? arg.slice(long ? 2 : 1) : arg.slice(long ? 2 : 1, eq)
    const name = long ? typed : shorts.get(typed)
    const spec = name === undefined ? undefined : table[name]
    if (long && spec === undefined && absent?.has(typed))
      throw new UsageError(`unknown flag: --${typed} (upstream has it; kubets does not, so nothing would follow it)`)
    if (name === undefined || spec === undefined) throw new UsageError(unknownFlag(arg, typed, long, table))
    let raw: string
    if (eq !== -1) raw = arg.slice(eq + 1)
    else if (spec.type === 'bool') raw = 'true'
    else {
      const next = argv[++i]
      if (next === undefined) throw new UsageError(`flag needs an argument: --${name}`)
      raw = next
    }
    const value = convert(name, spec, raw)
    // a repeated list adds up, everything else: the last one wins, as pflag
    values[name] = isList(spec) && given.has(name) ? [...(values[name] as string[]), ...(value as string[])] : value
    given.add(name)
    if (spec.deprecated !== undefined) warnings.push(`Flag --${name} has been deprecated, ${spec.deprecated}`)
  }
  return { values: values as FlagValues<T>, given, positionals, warnings }
}

/** The flags as an aligned list for `--help`. */
export function describeFlags(table: FlagTable): string {
  const rows = Object.entries(table)
    .filter(([, s]) => s.deprecated === undefined)
    .map(([name, s]) => {
      const left = `${s.short ? `-${s.short}, ` : '    '}--${name}${s.type === 'bool' ? '' : ` ${s.type}`}`
      const choices = s.choices ? ` One of: ${s.choices.join(', ')}.` : ''
      const shown = s.type === 'duration' && typeof s.default === 'number' ? formatDuration(s.default) : s.default
      const fallback = shown === undefined || shown === false || shown === '' ? '' : ` (default ${shown})`
      return [left, s.help + choices + fallback] as const
    })
  const width = Math.max(...rows.map(([left]) => left.length), 0)
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`).join('\n')
}

const isList = ({ type }: FlagSpec) => type === 'strings' || type === 'list'

const durationUnits: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** Go's `time.ParseDuration` in milliseconds; `undefined` when it is none. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$/.test(text))
    return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g))
    total += Number(amount) * (durationUnits[unit as string] as number)
  return text.startsWith('-') ? -total : total
}

/** Milliseconds as Go prints a duration, without the units that are zero: `5m`, `1h30m`, `1.5s`, `500ms`. */
function formatDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (Math.abs(ms) < 1_000) return `${ms}ms`
  const whole = Math.abs(ms)
  const hours = Math.floor(whole / 3_600_000)
  const minutes = Math.floor((whole % 3_600_000) / 60_000)
  const seconds = (whole % 60_000) / 1_000
  return `${ms < 0 ? '-' : ''}${hours ? `${hours}h` : ''}${minutes ? `${minutes}m` : ''}${seconds ? `${seconds}s` : ''}`
}

function convert(name: string, spec: FlagSpec, raw: string | boolean | number | readonly string[]): unknown {
  const text = String(raw)
  const invalid = (why: string) =>
    new UsageError(`invalid argument ${JSON.stringify(text)} for "--${name}" flag: ${why}`)
  switch (spec.type) {
    case 'bool':
      if (/^(true|1|t|T|TRUE|True)$/.test(text)) return true
      if (/^(false|0|f|F|FALSE|False)$/.test(text)) return false
      throw invalid('must be true or false')
    case 'int':
      if (!/^[+-]?\d+$/.test(text)) throw invalid('must be a whole number')
      return Number(text)
    case 'number':
      if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) throw invalid('must be a number')
      return Number(text)
    case 'duration': {
      const ms = typeof raw === 'number' ? raw : parseDuration(text)
      if (ms === undefined) throw invalid('must be a duration such as 30s, 5m or 1h30m')
      return ms
    }
    case 'list':
      return Array.isArray(raw) ? raw : [text]
    case 'strings':
      return Array.isArray(raw) ? raw : text === '' ? [] : text.split(',')
    case 'regexp':
      try {
        return new RegExp(text)
      } catch (error) {
        throw invalid(error instanceof Error ? error.message : String(error))
      }
    case 'string':
      if (spec.choices && !spec.choices.includes(text)) throw invalid(`must be one of ${spec.choices.join(', ')}`)
      return text
  }
}

function unknownFlag(arg: string, typed: string, long: boolean, table: FlagTable): string {
  if (!long) return `unknown shorthand flag: '${typed[0] ?? ''}' in ${arg}`
  const near = Object.keys(table).find(name => distance(name, typed) <= Math.max(1, Math.floor(name.length / 4)))
  return `unknown flag: --${typed}${near ? ` (did you mean --${near}?)` : ''}`
}

/** Levenshtein distance: how many letters to change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(
          (next[j - 1] as number) + 1,
          (row[j] as number) + 1,
          (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      )
    row = next
  }
  return row[b.length] as number
}
