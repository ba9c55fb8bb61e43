import { Quantity } from './quantity.ts'

/** Written forms seen lately. At the bound the oldest is forgotten. */
const bound = 2000

/** Makes a function that gives a quantity's canonical text and remembers the last 2,000. */
export function canonicalQuantities(): (value: string | number | bigint) => string {
  const known = new Map<string, string>()
  return value => {
    const text = typeof value === 'string' ? value : String(value)
    const hit = known.get(text)
    if (hit !== undefined) return hit
    const result = Quantity.parse(text).toString()
    if (known.size >= bound) {
      const oldest = known.keys().next()
      if (oldest.done !== true) known.delete(oldest.value)
    }
    known.set(text, result)
    return result
  }
}
