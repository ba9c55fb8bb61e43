import { encodeJson } from '@kubets/apimachinery'

/** How many changed places a message names; more are counted. */
const shown = 20

/** What differs between two values, a line each for the old and the new: `- spec.hostNetwork: true`. */
export function describeChanges(old: unknown, now: unknown, path: string): string {
  const lines: string[] = []
  collect(old, now, path, lines)
  if (lines.length <= shown) return lines.join('\n')
  return `${lines.slice(0, shown).join('\n')}\n... // ${lines.length - shown} more lines`
}

const text = (value: unknown) => (value === undefined ? undefined : encodeJson(value))

function collect(old: unknown, now: unknown, path: string, lines: string[]): void {
  if (text(old) === text(now)) return
  const bothObjects = typeof old === 'object' && typeof now === 'object' && old !== null && now !== null
  if (!bothObjects || Array.isArray(old) !== Array.isArray(now)) {
    if (old !== undefined) lines.push(`- ${path}: ${text(old)}`)
    if (now !== undefined) lines.push(`+ ${path}: ${text(now)}`)
    return
  }
  const [before, after] = [old as Record<string, unknown>, now as Record<string, unknown>]
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const place = Array.isArray(old) ? `${path}[${key}]` : `${path}.${key}`
    collect(before[key], after[key], place, lines)
  }
}
