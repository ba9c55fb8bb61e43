import {
  append,
  type FieldError,
  field,
  immutable,
  isLabelValue,
  isQualifiedName,
  type LabelSelector,
  type LabelSelectorObject,
  labelSelectorOf,
  SelectorError,
  semanticEqual,
  validateLabels,
} from '@kubets/apimachinery'
import { builtinSchemas } from '../../schema/schema.ts'

export interface LabelSelectorRules {
  /** Values that are no label values pass: upstream lets old objects keep them. Default `false`. */
  readonly allowInvalidValues?: boolean
  /** An operator that is not known passes, as in access reviews. Default `false`. */
  readonly allowUnknownOperators?: boolean
}

/** `selector` of an object, in upstream's words and order. Unset is valid: who needs one says so itself. */
export function validateLabelSelector(
  selector: LabelSelectorObject | null | undefined,
  path: string,
  rules: LabelSelectorRules = {},
): FieldError[] {
  if (selector === undefined || selector === null) return []
  const errors = validateLabels(selector.matchLabels, `${path}.matchLabels`)
  selector.matchExpressions?.forEach((requirement, index) => {
    append(errors, validateLabelSelectorRequirement(requirement, `${path}.matchExpressions[${index}]`, rules))
  })
  return errors
}

/** One requirement of `matchExpressions`. */
export function validateLabelSelectorRequirement(
  { key, operator, values = [] }: NonNullable<LabelSelectorObject['matchExpressions']>[number],
  path: string,
  rules: LabelSelectorRules = {},
): FieldError[] {
  const errors: FieldError[] = []
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      errors.push(field.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      const text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
      errors.push(field.forbidden(`${path}.values`, text))
    }
  } else if (rules.allowUnknownOperators !== true) {
    errors.push(field.invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator'))
  }
  for (const message of isQualifiedName(key ?? '')) errors.push(field.invalid(`${path}.key`, key ?? '', message))
  if (rules.allowInvalidValues === true) return errors
  values.forEach((value, index) => {
    for (const message of isLabelValue(value)) errors.push(field.invalid(`${path}.values[${index}]`, value, message))
  })
  return errors
}

/** Some value of an expression is no label value: an update of such an object may keep it. */
export function hasInvalidLabelValue(selector: LabelSelectorObject | null | undefined): boolean {
  return (selector?.matchExpressions ?? []).some(({ values = [] }) =>
    values.some(value => isLabelValue(value).length > 0),
  )
}

/** A selector as upstream's errors show it: keys and operators always, empty things never. */
export function shownSelector(selector: LabelSelectorObject | null | undefined): unknown {
  if (selector === undefined || selector === null) return null
  return JSON.parse(builtinSchemas.get(message).encode(selector))
}

const message = 'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector'

/** The selector must be as it was. */
export const validateImmutableSelector = (
  now: LabelSelectorObject | undefined,
  old: LabelSelectorObject | undefined,
  path: string,
): FieldError[] => (semanticEqual(now, old) ? [] : [field.invalid(path, shownSelector(now), immutable)])

/** No labels and no expressions: it would match everything. */
export const isEmptySelector = ({ matchLabels, matchExpressions }: LabelSelectorObject): boolean =>
  Object.keys(matchLabels ?? {}).length === 0 && (matchExpressions ?? []).length === 0

/** The compiled selector, or undefined where it cannot be understood. */
export function compiledSelector(selector: LabelSelectorObject | null | undefined): LabelSelector | undefined {
  try {
    return labelSelectorOf(selector)
  } catch (error) {
    if (error instanceof SelectorError) return undefined
    throw error
  }
}
