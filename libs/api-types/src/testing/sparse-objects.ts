import type { FieldType, Message } from '../schema/message.ts'

/** Below this nesting a place is as good as its like further up. */
const maxDepth = 14

/**
 * Every place of a message that holds a message, alone: `{ spec: {} }`, `{ spec: { containers: [{}] } }`, `{ spec: { containers: [{ lifecycle:
 * {} }] } }`, and so on; in maps under a name of Object.prototype. What a client may send, and what rules that rely on each other trip over.
 */
export function* sparseObjects(
  message: (name: string) => Message,
  name: string,
  above: readonly string[] = [],
): Generator<Record<string, unknown>> {
  if (above.length > maxDepth || above.includes(name)) return
  for (const { name: field, type } of message(name).fields) {
    for (const value of values(message, type, [...above, name])) yield { [field]: value }
  }
}

function* values(message: (name: string) => Message, type: FieldType, above: readonly string[]): Generator<unknown> {
  switch (type.of) {
    case 'message':
    case 'choice':
      yield {}
      yield* sparseObjects(message, type.name, above)
      return
    case 'list':
      yield []
      for (const item of values(message, type.item, above)) yield [item]
      return
    case 'map':
      yield {}
      for (const item of values(message, type.item, above)) yield Object.fromEntries([['__proto__', item]])
      return
    default:
      if (type.scalar === 'string') yield '__proto__'
  }
}
