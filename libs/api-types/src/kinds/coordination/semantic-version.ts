export interface SemanticVersion {
  readonly numbers: readonly [major: bigint, minor: bigint, patch: bigint]
  /** Identifiers after the dash; a version without them is the later one. */
  readonly before: readonly string[]
}

const number = '(0|[1-9][0-9]*)'
const pattern = new RegExp(`^${number}\\.${number}\\.${number}(?:-([0-9A-Za-z.-]+))?(?:\\+([0-9A-Za-z.-]+))?$`)
const isNumeric = (text: string) => /^[0-9]+$/.test(text)
const maxNumber = 2n ** 64n - 1n

/** Strict semver 2.0.0, without a leading `v`; undefined for anything else. */
export function parseSemanticVersion(text: string): SemanticVersion | undefined {
  const found = pattern.exec(text)
  if (found === null) return undefined
  const [, major = '', minor = '', patch = '', before, build] = found
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)] as const
  const identifiers = before?.split('.') ?? []
  const fits =
    numbers.every(part => part <= maxNumber) &&
    identifiers.every(part => part !== '' && !(isNumeric(part) && part.length > 1 && part.startsWith('0'))) &&
    (build?.split('.') ?? []).every(part => part !== '')
  return fits ? { numbers, before: identifiers } : undefined
}

/** Below zero when `a` comes before `b`. */
export function compareSemanticVersions(a: SemanticVersion, b: SemanticVersion): number {
  for (const [index, part] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n
    if (part !== other) return part < other ? -1 : 1
  }
  if (a.before.length === 0 || b.before.length === 0) return b.before.length - a.before.length
  for (const [index, part] of a.before.entries()) {
    const other = b.before[index]
    if (other === undefined) return 1
    if (part === other) continue
    if (isNumeric(part) && isNumeric(other)) return BigInt(part) < BigInt(other) ? -1 : 1
    if (isNumeric(part) !== isNumeric(other)) return isNumeric(part) ? -1 : 1
    return part < other ? -1 : 1
  }
  return a.before.length - b.before.length
}
