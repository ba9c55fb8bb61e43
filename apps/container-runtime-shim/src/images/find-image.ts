import type { ImageRecord } from './contract.ts'
import { hexOf } from './digest.ts'
import type { StoredImage } from './image-records.ts'
import type { StoreIndex } from './index-file.ts'
import { normalizeReference, parseReference, repositoryOf } from './reference.ts'

/** An image by id, tag, digest, or a prefix of its id that no other shares; removed ones are not found. */
export function findImage(
  reference: string,
  index: StoreIndex,
  images: ReadonlyMap<string, StoredImage>,
): ImageRecord | undefined {
  const byId = (id: string) => (index.images.get(id)?.removed ? undefined : images.get(id)?.record)
  const direct = byId(reference)
  if (direct !== undefined) return direct
  const full = fullReference(reference)
  if (full !== undefined) {
    for (const [id, entry] of index.images) if (entry.references.includes(full)) return byId(id)
    // name@id: the configuration's digest beside a name
    const parsed = parseReference(reference)
    const named = parsed.digest === undefined ? undefined : byId(parsed.digest)
    if (named?.repoTags.some(tag => repositoryOf(parseReference(tag)) === repositoryOf(parsed))) return named
  }
  const hex = /^(?:sha256:)?([0-9a-f]{4,64})$/.exec(reference)?.[1]
  if (hex === undefined) return undefined
  const matches = [...images.keys()].filter(id => hexOf(id).startsWith(hex) && byId(id) !== undefined)
  return matches.length === 1 ? byId(matches[0] as string) : undefined
}

/** The full form; `undefined` for what is no reference. */
export function fullReference(text: string): string | undefined {
  try {
    return normalizeReference(text)
  } catch {
    return undefined
  }
}
