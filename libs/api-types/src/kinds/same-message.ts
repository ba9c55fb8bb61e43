import { semanticEqual } from '@kubets/apimachinery'
import { builtinSchemas } from '../schema/schema.ts'

/**
 * Makes a comparison of two values of one message, as it would be stored: `1000m` is `1`, a zero that is left out is left out. Nearly
 * all pairs are told apart or equal without it, so the encoding is only asked where plain comparison says 'different'.
 */
export function sameMessage(schema: string): (a: unknown, b: unknown) => boolean {
  return (a, b) => {
    if (semanticEqual(a, b)) return true
    const kind = builtinSchemas.get(schema)
    return kind.encode(a ?? {}) === kind.encode(b ?? {})
  }
}
