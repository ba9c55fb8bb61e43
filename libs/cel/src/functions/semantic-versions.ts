import { declare, type Library } from '../check/declarations.ts'
import { structType, type Type } from '../check/types.ts'
import { Failure, LibraryValue } from '../evaluate/values.ts'

export const semverType = structType('kubernetes.Semver')
const types = new Map([['semver', semverType]])

interface Version {
  numbers: readonly [major: bigint, minor: bigint, patch: bigint]
  /** `rc`, `1`: parts of `-rc.1`. */
  preRelease: readonly string[]
}

export class SemanticVersion extends LibraryValue {
  readonly type: Type = semverType
  readonly version: Version

  constructor(version: Version) {
    super()
    this.version = version
  }
  equals(other: LibraryValue): boolean {
    return other instanceof SemanticVersion && compareVersions(this.version, other.version) === 0
  }
}

const greatest = 2n ** 64n - 1n

export function parseVersion(text: string): Version | Failure {
  if (text === '') return new Failure('Version string empty')
  const parts = text.split('.')
  if (parts.length < 3) return new Failure('No Major.Minor.Patch elements found')
  const rest = parts.slice(2).join('.')
  const [, patch = '', pre, build] = /^([^+-]*)(?:-([^+]*))?(?:\+(.*))?$/s.exec(rest) as RegExpExecArray
  const numbers: bigint[] = []
  for (const [name, part] of [
    ['major', parts[0]],
    ['minor', parts[1]],
    ['patch', patch],
  ] as [string, string][]) {
    const capital = name[0]?.toUpperCase() + name.slice(1)
    if (!/^\d+$/.test(part)) return new Failure(`Invalid character(s) found in ${name} number ${JSON.stringify(part)}`)
    if (/^0\d/.test(part))
      return new Failure(`${capital} number must not contain leading zeroes ${JSON.stringify(part)}`)
    const number = BigInt(part)
    if (number > greatest) return new Failure(`strconv.ParseUint: parsing ${JSON.stringify(part)}: value out of range`)
    numbers.push(number)
  }
  for (const part of pre === undefined ? [] : pre.split('.')) {
    if (part === '') return new Failure('Prerelease is empty')
    if (!/^[0-9A-Za-z-]+$/.test(part))
      return new Failure(`Invalid character(s) found in prerelease ${JSON.stringify(part)}`)
    if (/^0\d+$/.test(part))
      return new Failure(`Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(part)}`)
  }
  for (const part of build === undefined ? [] : build.split('.')) {
    if (part === '') return new Failure('Build meta data is empty')
    if (!/^[0-9A-Za-z-]+$/.test(part))
      return new Failure(`Invalid character(s) found in build meta data ${JSON.stringify(part)}`)
  }
  return { numbers: numbers as [bigint, bigint, bigint], preRelease: pre === undefined ? [] : pre.split('.') }
}

/** `v1` as `1.0.0`, `01.2` as `1.2.0`. */
function normalize(text: string): string | Failure {
  const [major = '', minor, ...rest] = text.replace(/^v/, '').split('.')
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length === 0 ? [] : [rest.join('.')])].map(
    part => (part.length > 1 ? part.replace(/^0+(?=\d)/, '').replace(/^0+(?=\D|$)/, '0') : part),
  )
  if (parts.length === 3) return parts.join('.')
  if (/[+-]/.test(parts.at(-1) as string)) return new Failure('short version cannot contain PreRelease/Build meta data')
  return [...parts, '0', '0'].slice(0, 3).join('.')
}

function read(text: string, normalized = false): SemanticVersion | Failure {
  const given = normalized ? normalize(text) : text
  if (given instanceof Failure) return given
  const version = parseVersion(given)
  return version instanceof Failure ? version : new SemanticVersion(version)
}

function compareVersions(a: Version, b: Version): number {
  for (let at = 0; at < 3; at++) {
    const [left, right] = [a.numbers[at] as bigint, b.numbers[at] as bigint]
    if (left !== right) return left < right ? -1 : 1
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0)
    return Number(b.preRelease.length > 0) - Number(a.preRelease.length > 0)
  for (let at = 0; at < Math.min(a.preRelease.length, b.preRelease.length); at++) {
    const order = comparePreRelease(a.preRelease[at] as string, b.preRelease[at] as string)
    if (order !== 0) return order
  }
  return Math.sign(a.preRelease.length - b.preRelease.length)
}

/** Numbers come before words. */
function comparePreRelease(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (left !== right) return left ? -1 : 1
  if (left) return BigInt(a) === BigInt(b) ? 0 : BigInt(a) < BigInt(b) ? -1 : 1
  return a === b ? 0 : a < b ? -1 : 1
}

const order = (a: SemanticVersion, b: SemanticVersion) => compareVersions(a.version, b.version)
const number =
  (at: 0 | 1 | 2) =>
  ({ version }: SemanticVersion) =>
    version.numbers[at]

export const semanticVersions: Library = {
  name: 'semantic versions',
  types,
  functions: [
    declare(
      'semver',
      { string_to_semver: '(string) -> semver', string_bool_to_semver: '(string, bool) -> semver' },
      read,
      types,
    ),
    declare(
      'isSemver',
      { is_semver_string: '(string) -> bool', is_semver_string_bool: '(string, bool) -> bool' },
      (text: string, normalized?: boolean) => !(read(text, normalized) instanceof Failure),
    ),
    declare(
      'isGreaterThan',
      { semver_is_greater_than: 'semver.(semver) -> bool' },
      (a: SemanticVersion, b: SemanticVersion) => order(a, b) > 0,
      types,
    ),
    declare(
      'isLessThan',
      { semver_is_less_than: 'semver.(semver) -> bool' },
      (a: SemanticVersion, b: SemanticVersion) => order(a, b) < 0,
      types,
    ),
    declare(
      'compareTo',
      { semver_compare_to: 'semver.(semver) -> int' },
      (a: SemanticVersion, b: SemanticVersion) => BigInt(order(a, b)),
      types,
    ),
    declare('major', { semver_major: 'semver.() -> int' }, number(0), types),
    declare('minor', { semver_minor: 'semver.() -> int' }, number(1), types),
    declare('patch', { semver_patch: 'semver.() -> int' }, number(2), types),
  ],
}
