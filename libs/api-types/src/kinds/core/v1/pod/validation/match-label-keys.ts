import { type FieldError, field, isQualifiedName, type LabelSelectorObject } from '@kubets/apimachinery'
import { each, items } from './checks.ts'

export interface MatchLabelKeys {
  readonly labelSelector?: LabelSelectorObject
  readonly matchLabelKeys?: readonly string[]
  readonly mismatchLabelKeys?: readonly string[]
}

const unset = 'must not be specified when labelSelector is not set'
const inBoth = 'exists in both matchLabelKeys and labelSelector'

function validateKeys(keys: readonly string[] | undefined, selector: LabelSelectorObject | undefined, path: string) {
  if (!keys?.length) return []
  if (selector === undefined) return [field.forbidden(path, unset)]
  return items(keys, path, (key, at) => each(at, key, isQualifiedName(key)))
}

/**
 * Label keys whose values a pod takes from itself. The selector already holds what was made of `matchLabelKeys`, so only a key that it
 * names twice was there before.
 */
export function validateMatchLabelKeys(term: MatchLabelKeys, path: string): FieldError[] {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term
  if (matchLabelKeys.length === 0 && mismatchLabelKeys.length === 0) return []
  const errors: FieldError[] = [
    ...validateKeys(matchLabelKeys, labelSelector, `${path}.matchLabelKeys`),
    ...validateKeys(mismatchLabelKeys, labelSelector, `${path}.mismatchLabelKeys`),
  ]
  const named = new Set(Object.keys(labelSelector?.matchLabels ?? {}))
  for (const { key = '' } of labelSelector?.matchExpressions ?? []) {
    const index = matchLabelKeys.lastIndexOf(key)
    if (index >= 0 && named.has(key)) errors.push(field.invalid(`${path}[${index}]`, key, inBoth))
    named.add(key)
  }
  matchLabelKeys.forEach((key, index) => {
    if (!mismatchLabelKeys.includes(key)) return
    const text = 'exists in both matchLabelKeys and mismatchLabelKeys'
    errors.push(field.invalid(`${path}.matchLabelKeys[${index}]`, key, text))
  })
  return errors
}

/** The rule from before keys were merged into the selector, which older pods must still pass. */
export function validateUnmergedLabelKeys(term: MatchLabelKeys, path: string): FieldError[] {
  const { labelSelector, matchLabelKeys = [] } = term
  if (matchLabelKeys.length === 0) return []
  const named = new Set(Object.keys(labelSelector?.matchLabels ?? {}))
  for (const { key = '' } of labelSelector?.matchExpressions ?? []) named.add(key)
  const errors: FieldError[] = labelSelector === undefined ? [field.forbidden(path, unset)] : []
  return errors.concat(
    items(matchLabelKeys, path, (key, at) => {
      const found = each(at, key, isQualifiedName(key))
      return named.has(key) ? [...found, field.invalid(at, key, inBoth)] : found
    }),
  )
}
