/**
 * What the api-server asks of V8's collector.
 *
 * Bodies, answers and watch frames are memory outside the heap. V8 13 and 14 collect everything whenever 64 MiB of it have come since the
 * last time, garbage or not, and then soon again: their limits count it in one place and not in the other. With this flag it counts as the
 * heap does, as newer ones have it without a flag: a fifth of the full collections. Told of a flag that it does not know, V8 would complain.
 */
export function v8Flags(version: string): readonly string[] {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const known = major === 13 ? minor >= 6 : major === 14 && minor < 8
  return known ? ['--external-memory-accounted-in-global-limit'] : []
}
