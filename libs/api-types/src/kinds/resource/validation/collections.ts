import { type FieldError, field } from '@kubets/apimachinery'

type Check<T> = (item: T, path: string) => readonly FieldError[]

/** At most `max` items, each right. Too many are not looked at one by one. */
export function validateList<T>(
  list: readonly T[] | undefined,
  max: number,
  path: string,
  check: Check<T>,
): FieldError[] {
  const items = list ?? []
  if (items.length > max) return [field.tooMany(path, items.length, max)]
  return items.flatMap((item, index) => check(item, `${path}[${index}]`))
}

/** The same without two of the same key; `shown` is what the error prints of it. */
export function validateSet<T>(
  list: readonly T[] | undefined,
  max: number,
  path: string,
  check: Check<T>,
  keyOf: (item: T) => string,
  shown: (item: T) => unknown = keyOf,
): FieldError[] {
  const errors = validateList(list, max, path, check)
  const items = list ?? []
  if (items.length > max) return errors
  const seen = new Set<string>()
  items.forEach((item, index) => {
    const key = keyOf(item)
    if (seen.has(key)) errors.push(field.duplicate(`${path}[${index}]`, shown(item)))
    seen.add(key)
  })
  return errors
}

/** Keys and values of a map; a key is shortened where a path shows it. */
export function validateMap<T>(
  map: Readonly<Record<string, T>> | undefined,
  rules: { readonly max: number; readonly longestKey: number },
  path: string,
  checkKey: Check<string>,
  checkItem: Check<T> = () => [],
): FieldError[] {
  const pairs = Object.entries(map ?? {})
  if (pairs.length > rules.max) return [field.tooMany(path, pairs.length, rules.max)]
  return pairs.flatMap(([key, item]) => [
    ...checkKey(key, path),
    ...checkItem(item, `${path}[${shortened(key, rules.longestKey)}]`),
  ])
}

function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text
  const rest = longest - 3
  return `${text.slice(0, Math.floor((rest + 1) / 2))}...${text.slice(text.length - Math.floor(rest / 2))}`
}

export const unbounded = Number.POSITIVE_INFINITY
