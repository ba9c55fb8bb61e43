import { type FieldError, field } from '@kubets/apimachinery'

/** From the least to the most strict. */
export const levels = ['privileged', 'baseline', 'restricted'] as const
export type Level = (typeof levels)[number]

/** The minor version of Kubernetes 1 whose checks are meant; Infinity for `latest`. */
export type Version = number

export interface LevelVersion {
  readonly level: Level
  readonly version: Version
}

export const modes = ['enforce', 'audit', 'warn'] as const
export type Mode = (typeof modes)[number]

/** What a namespace asks for. */
export type Policy = Readonly<Record<Mode, LevelVersion>>

export const latest: Version = Number.POSITIVE_INFINITY

export const prefix = 'pod-security.kubernetes.io/'

export const isStricter = (a: Level, b: Level): boolean => levels.indexOf(a) > levels.indexOf(b)

export const formatLevel = ({ level, version }: LevelVersion): string =>
  `${level}:${version === latest ? 'latest' : `v1.${version}`}`

export const sameLevel = (a: LevelVersion, b: LevelVersion): boolean => a.level === b.level && a.version === b.version

/** Two that admit the same, in each mode: versions of `privileged` do not differ. */
export const equivalent = (a: Policy, b: Policy): boolean =>
  modes.every(mode => (a[mode].level === 'privileged' && b[mode].level === 'privileged') || sameLevel(a[mode], b[mode]))

export const isFullyPrivileged = (policy: Policy): boolean => modes.every(mode => policy[mode].level === 'privileged')

/** undefined: it is none. */
export const parseLevel = (text: string): Level | undefined => levels.find(level => level === text)

/** undefined: it is none. */
export function parseVersion(text: string): Version | undefined {
  if (text === 'latest') return latest
  const minor = /^v1\.(0|[1-9]\d*)$/.exec(text)?.[1]
  return minor === undefined ? undefined : Number(minor)
}

export const levelError = `must be one of ${levels.join(', ')}`
export const versionError = 'must be "latest" or "v1.x"'

/**
 * What a namespace's labels ask for, over the defaults. A level that cannot be read is `restricted` where it is enforced, and nothing where it
 * would only be told; a version that cannot be read is the latest.
 */
export function policyOf(
  labels: Readonly<Record<string, string>> | undefined,
  defaults: Policy,
): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = []
  if (labels === undefined || !Object.keys(labels).some(label => label.startsWith(prefix)))
    return { policy: defaults, errors }
  const read = <T>(name: string, parse: (text: string) => T | undefined, unreadable: T, why: string, unset: T): T => {
    const label = prefix + name
    const text = labels[label]
    if (text === undefined) return unset
    const parsed = parse(text)
    if (parsed === undefined) errors.push(field.invalid(`metadata.labels[${label}]`, text, why))
    return parsed ?? unreadable
  }
  const of = (mode: Mode, whenUnreadable: Level): LevelVersion => ({
    level: read(mode, parseLevel, whenUnreadable, levelError, defaults[mode].level),
    version: read(`${mode}-version`, parseVersion, latest, versionError, defaults[mode].version),
  })
  const enforce = of('enforce', 'restricted')
  const audit = of('audit', 'privileged')
  const warn = of('warn', 'privileged')
  const policy = { enforce, audit, warn }
  // what is enforced is also what pods' owners are warned of, unless something else is said
  const enforced = parseLevel(labels[`${prefix}enforce`] ?? '') !== undefined
  if (labels[`${prefix}warn`] === undefined && enforced && isStricter(enforce.level, warn.level)) {
    const version = labels[`${prefix}warn-version`] === undefined ? enforce.version : warn.version
    return { policy: { ...policy, warn: { level: enforce.level, version } }, errors }
  }
  return { policy, errors }
}
