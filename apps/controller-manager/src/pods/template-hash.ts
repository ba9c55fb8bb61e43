import type { PodTemplateSpec } from '@kubets/api-types'
import { semanticEqual } from '@kubets/apimachinery'

/** Label that tells the ReplicaSets of one Deployment, and their pods, apart. */
export const hashLabel = 'pod-template-hash'

/** No vowels and no digits that look like letters: no hash spells a word. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * The name of a template among those of one owner: FNV-1a of its canonical text, in upstream's letters. `collisions` gives another
 * name when two templates have the same.
 */
export function templateHash(template: PodTemplateSpec | undefined, collisions: number | undefined): string {
  let hash = 0x811c9dc5
  const mix = (byte: number) => {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  }
  for (const byte of Buffer.from(canonical(template ?? {}))) mix(byte)
  if (collisions !== undefined) {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32LE(collisions)
    for (const byte of bytes) mix(byte)
  }
  return [...String(hash)].map(digit => alphabet[digit.charCodeAt(0) % alphabet.length]).join('')
}

/** JSON with sorted keys and without what is not set. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
  return `{${members.join(',')}}`
}

/** The same template, whatever hash its labels carry: hashes change with releases. */
export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return semanticEqual(withoutHash(a), withoutHash(b))
}

export function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec | undefined {
  const labels = template?.metadata?.labels
  if (labels?.[hashLabel] === undefined) return template
  const { [hashLabel]: _, ...rest } = labels
  return { ...template, metadata: { ...template?.metadata, labels: rest } }
}
