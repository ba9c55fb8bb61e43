const offset = /^[+-]\d/
/** Zones whose names are known, by their lower-case form. Links (`US/Pacific`) are not among them, but are understood. */
let known: ReadonlyMap<string, string> | undefined

/** Sentence about a zone that the IANA database does not have; undefined when it has it. Names are case-sensitive, as its files are. */
export function zoneProblem(name: string): string | undefined {
  if (name === '' || name === 'UTC' || name === 'Local') return undefined
  if (name.includes('..') || name.startsWith('/') || name.startsWith('\\')) return 'time: invalid location name'
  known ??= new Map(Intl.supportedValuesOf('timeZone').map(zone => [zone.toLowerCase(), zone]))
  const spelled = known.get(name.toLowerCase())
  if (spelled === name || (spelled === undefined && isUnderstood(name))) return undefined
  return `unknown time zone ${name}`
}

function isUnderstood(name: string): boolean {
  if (offset.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
