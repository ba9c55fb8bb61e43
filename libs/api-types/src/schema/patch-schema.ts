import type { PatchField, PatchSchema } from '@kubets/apimachinery'
import type { Field, Message } from './message.ts'

/** What strategic merge patches need to know of a message, made at first use. */
export function patchSchemas(message: (name: string) => Message): (name: string) => PatchSchema {
  const made = new Map<string, PatchSchema>()
  const get = (name: string): PatchSchema => {
    let schema = made.get(name)
    if (schema === undefined) {
      const shape = message(name)
      const fields = new Map<string, PatchField>()
      schema = {
        field(key) {
          const known = fields.get(key)
          if (known !== undefined) return known
          const field = shape.byName.get(key)
          if (field === undefined) return undefined
          const made = patchField(field, get)
          fields.set(key, made)
          return made
        },
      }
      made.set(name, schema)
    }
    return schema
  }
  return get
}

function patchField({ type, extras }: Field, get: (name: string) => PatchSchema): PatchField {
  const inner = type.of === 'list' ? type.item : type
  return {
    strategies: extras.strategy?.split(',') ?? [],
    ...(extras.mergeKey === undefined ? {} : { mergeKey: extras.mergeKey }),
    ...(inner.of === 'message' ? { schema: get(inner.name) } : {}),
  }
}
