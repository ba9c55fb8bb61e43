import { hostileJson, hostileKeys } from './hostile.ts'
import type { Random } from './random.ts'

/** JSON text of a value with some of its places replaced by what should not be there. */
export function mutatedJson(random: Random, value: unknown): string {
  let places = 0
  const count = (at: unknown): void => {
    places++
    if (at !== null && typeof at === 'object') for (const member of Object.values(at)) count(member)
  }
  count(value)
  const targets = new Set(Array.from({ length: 1 + random.below(3) }, () => random.below(places)))
  let index = -1
  const write = (at: unknown): string => {
    index++
    if (targets.has(index)) return random.pick(hostileJson)
    if (Array.isArray(at)) {
      const items = at.map(write)
      if (random.chance(0.02) && items[0] !== undefined) items.push(...items)
      return `[${items.join(',')}]`
    }
    if (at === null || typeof at !== 'object') return JSON.stringify(at) ?? 'null'
    const members = Object.entries(at).map(([key, member]) => {
      const name = random.chance(0.02) ? random.pick(hostileKeys) : key
      return `${JSON.stringify(name)}:${write(member)}`
    })
    if (random.chance(0.04)) members.push(`${JSON.stringify(random.pick(hostileKeys))}:${random.pick(hostileJson)}`)
    return `{${members.join(',')}}`
  }
  return write(value)
}

/** Bytes with some of them turned, taken out, doubled, or cut off. */
export function mutatedBytes(random: Random, bytes: Buffer): Buffer {
  let made = Buffer.from(bytes)
  for (let i = random.below(4); i >= 0 && made.length > 0; i--) {
    const at = random.below(made.length)
    switch (random.below(5)) {
      case 0:
        made[at] = random.below(256)
        break
      case 1:
        made[at] = (made[at] ?? 0) ^ (1 << random.below(8))
        break
      case 2:
        made = Buffer.concat([made.subarray(0, at), made.subarray(at + 1 + random.below(8))])
        break
      case 3:
        made = Buffer.concat([made.subarray(0, at), made.subarray(at, at + 16), made.subarray(at)])
        break
      default:
        made = made.subarray(0, at)
    }
  }
  return made
}

/** Text that nests as deep as the body's bound allows. */
export function deepText(random: Random): string {
  const depth = random.pick([100, 10_000, 100_000])
  switch (random.below(4)) {
    case 0:
      return '['.repeat(depth) + ']'.repeat(depth)
    case 1:
      return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    case 2:
      return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep","annotations":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}}`
    default:
      return '['.repeat(depth)
  }
}
