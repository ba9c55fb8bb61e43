import type { Field, FieldType, Message, Scalar } from '../schema/message.ts'

/** A field as protobuf sees it: an embedded struct is one member, its fields are not ours. */
export type Member =
  | { readonly number: number; readonly field: Field; readonly inlined?: undefined }
  | { readonly number: number; readonly inlined: string; readonly field?: undefined }

/** A message's members by number. @throws Error for a message that has no protobuf form. */
export function membersOf(shape: Message): readonly Member[] {
  const members = new Map<number, Member>()
  for (const field of shape.fields) {
    const number = field.inlined?.number ?? field.number
    if (number === 0) throw new Error(`${shape.name} has no protobuf form: ${field.name} has no number`)
    members.set(number, field.inlined === undefined ? { number, field } : { number, inlined: field.inlined.message })
  }
  return [...members.values()].sort((a, b) => a.number - b.number)
}

const varints: ReadonlySet<Scalar> = new Set(['bool', 'int32', 'int64'])

export const isVarint = (type: FieldType) => type.of === 'scalar' && varints.has(type.scalar)

/** Number and wire type, as on the wire. */
export function tagOf(number: number, type: FieldType): number {
  const wire = isVarint(type) ? 0 : type.of === 'scalar' && type.scalar === 'float64' ? 1 : 2
  return number * 8 + wire
}
