import type { Steps } from './documents.ts'

/** As `JSON.stringify`, one member of the upper `levels` after another. */
export function* jsonText(value: unknown, levels: number): Steps<string> {
  if (levels === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield
    return JSON.stringify(value)
  }
  const members: string[] = []
  for (const [name, member] of Object.entries(value))
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${yield* jsonText(member, levels - 1)}`)
  // long texts are copied here
  yield
  return `{${members.join(',')}}`
}
