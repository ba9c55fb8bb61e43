import { builtinSchemas } from '../schema/schema.ts'

/**
 * Makes a comparison of two values of one message, as it would be stored: `1000m` is `1`, a zero that is left out is left out, but an
 * empty part is another thing than none: `namespaceSelector: {}` selects all namespaces. What an update keeps is the same object here.
 */
export function sameMessage(schema: string): (a: unknown, b: unknown) => boolean {
  return (a, b) => {
    if (a === b) return true
    const kind = builtinSchemas.get(schema)
    return kind.encode(a ?? {}) === kind.encode(b ?? {})
  }
}
