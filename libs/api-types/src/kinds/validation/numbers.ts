import { type FieldError, field, mustNotBeNegative } from '@kubets/apimachinery'

/** Unset counts as 0. */
export const notNegative = (value: number | undefined | null, path: string): FieldError[] =>
  (value ?? 0) < 0 ? [field.invalid(path, value, mustNotBeNegative)] : []

/** The named counts of an object, in this order: none is below 0. */
export function notNegativeCounts<K extends string>(
  object: { readonly [key in K]?: number | undefined },
  names: readonly K[],
  path: string,
): FieldError[] {
  return names.flatMap(name => notNegative(object[name], `${path}.${name}`))
}

/** A counter that a controller only ever raises. Once set it stays set. */
export function notDecremented(now: number | undefined, old: number | undefined, path: string): FieldError[] {
  const lower = old !== undefined && (now === undefined || now < old)
  return lower ? [field.invalid(path, now ?? 0, 'cannot be decremented')] : []
}
