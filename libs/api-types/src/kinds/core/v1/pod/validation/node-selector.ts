import { append, type FieldError, field, isDns1123Subdomain, isLabelValue, isQualifiedName } from '@kubets/apimachinery'
import type { NodeSelector, NodeSelectorTerm } from '../../../../../wire.ts'
import { each, items } from './checks.ts'

export interface NodeSelectorRules {
  /** Values that are no label values pass: preferences may name them, and old objects keep them. */
  readonly allowInvalidValues: boolean
}

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number]

function validateExpression(requirement: Requirement, at: string, rules: NodeSelectorRules): FieldError[] {
  const { key, operator, values = [] } = requirement
  const errors: FieldError[] = []
  const list = `${at}.values`
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(field.required(list, "must be specified when `operator` is 'In' or 'NotIn'"))
      }
      break
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        errors.push(field.forbidden(list, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
      }
      break
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) {
        errors.push(field.required(list, "must be specified single value when `operator` is 'Lt' or 'Gt'"))
      }
      break
    default:
      errors.push(field.invalid(`${at}.operator`, operator ?? '', 'not a valid selector operator'))
  }
  append(errors, each(`${at}.key`, key ?? '', isQualifiedName(key ?? '')))
  if (rules.allowInvalidValues) return errors
  return errors.concat(items(values, list, (value, atValue) => each(atValue, value, isLabelValue(value))))
}

function validateField({ key, operator, values = [] }: Requirement, at: string): FieldError[] {
  const errors: FieldError[] = []
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(field.invalid(`${at}.operator`, operator ?? '', 'not a valid selector operator'))
  } else if (values.length !== 1) {
    const text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
    errors.push(field.required(`${at}.values`, text))
  }
  if (key !== 'metadata.name') {
    return [...errors, field.invalid(`${at}.key`, key ?? '', 'not a valid field selector key')]
  }
  return errors.concat(
    items(values, `${at}.values`, (value, atValue) => each(atValue, value, isDns1123Subdomain(value))),
  )
}

export const validateNodeSelectorTerm = (
  { matchExpressions, matchFields }: NodeSelectorTerm,
  path: string,
  rules: NodeSelectorRules,
): FieldError[] => [
  ...items(matchExpressions, `${path}.matchExpressions`, (one, at) => validateExpression(one, at, rules)),
  ...items(matchFields, `${path}.matchFields`, validateField),
]

/** What nodes must be like: at least one term, each of them right. */
export function validateNodeSelector(selector: NodeSelector, path: string, rules: NodeSelectorRules): FieldError[] {
  const terms = `${path}.nodeSelectorTerms`
  if (!selector.nodeSelectorTerms?.length) {
    return [field.required(terms, 'must have at least one node selector term')]
  }
  return items(selector.nodeSelectorTerms, terms, (term, at) => validateNodeSelectorTerm(term, at, rules))
}

/** Some value of an expression is no label value: an update of such an object may keep it. */
export const hasInvalidNodeValue = (terms: readonly NodeSelectorTerm[] | undefined): boolean =>
  (terms ?? []).some(({ matchExpressions }) =>
    matchExpressions?.some(({ values }) => values?.some(value => isLabelValue(value).length > 0)),
  )
