import { visitMembers } from '@kubets/apimachinery'

/** As many are told; upstream stops counting there. */
const maxProblems = 100

/**
 * What a strict reader says of unknown fields and of members that stand twice, in the order of the text, each once. `text`: the body in which some stand
 * twice. What stands twice within something unknown is not told.
 */
export function strictProblems(unknown: readonly string[], text: Buffer | undefined): string[] {
  if (text === undefined) return unknown.slice(0, maxProblems).map(path => told('unknown', path))
  const strange = new Set(unknown)
  // looking a path up makes one text of its parts: only where it can be one of them
  const lengths = new Set(unknown.map(path => path.length))
  const problems = new Set<string>()
  /** Depth of the unknown field that the text is in. */
  let within = Number.POSITIVE_INFINITY
  visitMembers(text, (path, again, depth) => {
    if (depth > within || problems.size === maxProblems) return
    const isStrange = lengths.has(path.length) && strange.has(path)
    within = isStrange ? depth : Number.POSITIVE_INFINITY
    if (isStrange) problems.add(told('unknown', path))
    else if (again) problems.add(told('duplicate', path))
  })
  return [...problems]
}

const told = (what: 'unknown' | 'duplicate', path: string) => `${what} field ${JSON.stringify(path)}`

/** Paths as a text with sorted keys has them: what upstream makes of YAML before it looks. */
export function inOrderOfKeys(paths: readonly string[]): string[] {
  const parts = (path: string) => path.split(/[.[\]]+/)
  const compare = (a: string, b: string) => {
    const [left, right] = [parts(a), parts(b)]
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const [one = '', other = ''] = [left[i], right[i]]
      if (one === other) continue
      const [x, y] = [Number(one), Number(other)]
      return Number.isInteger(x) && Number.isInteger(y) ? x - y : one < other ? -1 : 1
    }
    return left.length - right.length
  }
  return [...paths].sort(compare)
}
