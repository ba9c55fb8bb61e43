import { Quantity } from '@kubets/apimachinery'

export type ResourceList = Readonly<Record<string, string>>

export function milli(list: ResourceList | undefined, name: string): number {
  const text = list?.[name]
  return text === undefined ? 0 : Number(Quantity.parse(text).toMilli())
}

export function whole(list: ResourceList | undefined, name: string): number {
  const text = list?.[name]
  return text === undefined ? 0 : Number(Quantity.parse(text).asInt())
}
