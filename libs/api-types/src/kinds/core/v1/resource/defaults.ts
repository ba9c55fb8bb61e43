import { Quantity } from '@kubets/apimachinery'

const milli = 1_000_000n
/** Texts seen lately and what they become. At the bound all are forgotten: the next ones are parsed again. */
const bound = 2000
const known = new Map<string, string>()

/** Canonical, and no finer than a thousandth: finer parts are rounded up. */
export function roundQuantity(given: string | number): string {
  const text = typeof given === 'string' ? given : String(given)
  const hit = known.get(text)
  if (hit !== undefined) return hit
  const value = Quantity.parse(text)
  const rounded = value.nanos % milli === 0n ? value : new Quantity(value.toMilli() * milli, value.format)
  const result = rounded.toString()
  if (known.size >= bound) known.clear()
  known.set(text, result)
  return result
}

/**
 * Rounds a resource list's amounts, in place. They get their canonical text here, and not only when they are written, so that an update
 * that says `1000m` for `1` is no change.
 */
export function resourceListDefaults(list: Record<string, string> | undefined): void {
  for (const name in list) list[name] = roundQuantity(list[name] ?? '0')
}

/** The two lists of resource requirements. */
export function requirementsDefaults(
  resources: { limits?: Record<string, string>; requests?: Record<string, string> } | null | undefined,
): void {
  if (resources === undefined || resources === null) return
  if (resources.limits) resourceListDefaults(resources.limits)
  if (resources.requests) resourceListDefaults(resources.requests)
}
