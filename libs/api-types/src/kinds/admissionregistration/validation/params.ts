import {
  append,
  type FieldError,
  field,
  isDns1035Label,
  isDns1123Subdomain,
  nameIsPathSegment,
} from '@kubets/apimachinery'
import { validateLabelSelector } from '../../validation/label-selector.ts'
import type { ParamKind, ParamRef } from '../types.ts'

/** The kind that a policy takes its parameters from. */
export function validateParamKind({ apiVersion = '', kind = '' }: ParamKind, path: string): FieldError[] {
  const errors = validateApiVersion(apiVersion, `${path}.apiVersion`)
  if (kind === '') return [...errors, field.required(`${path}.kind`)]
  const wrong = isDns1035Label(kind.toLowerCase())
  if (wrong.length === 0) return errors
  const text = `may have mixed case, but should otherwise match: ${wrong.join(',')}`
  return [...errors, field.invalid(`${path}.kind`, kind, text)]
}

function validateApiVersion(apiVersion: string, path: string): FieldError[] {
  if (apiVersion === '') return [field.required(path)]
  const parts = apiVersion === '/' ? ['', ''] : apiVersion.split('/')
  if (parts.length > 2) return [field.invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)]
  const [group = '', version = ''] = parts.length === 1 ? ['', apiVersion] : parts
  const errors: FieldError[] = []
  const wrongGroup = group === '' ? [] : isDns1123Subdomain(group)
  if (wrongGroup.length > 0) errors.push(field.invalid(path, group, wrongGroup.join(',')))
  if (version === '') return [...errors, field.invalid(path, apiVersion, 'version must be specified')]
  const wrongVersion = isDns1035Label(version)
  if (wrongVersion.length > 0) errors.push(field.invalid(path, version, wrongVersion.join(',')))
  return errors
}

const notFoundActions = ['Deny', 'Allow']
const exclusive = 'name and selector are mutually exclusive'

/** The parameters of a binding: one object, or all that a selector finds. */
export function validateParamRef(ref: ParamRef | undefined | null, path: string): FieldError[] {
  if (!ref) return []
  const { name = '', parameterNotFoundAction: action } = ref
  const selector = ref.selector ?? undefined
  const errors: FieldError[] = []
  if (name !== '') {
    for (const text of nameIsPathSegment(name, false)) errors.push(field.invalid(`${path}.name`, name, text))
    if (selector !== undefined) errors.push(field.forbidden(`${path}.name`, exclusive))
  }
  if (selector !== undefined) {
    append(errors, validateLabelSelector(selector, `${path}.selector`))
    if (name !== '') errors.push(field.forbidden(`${path}.selector`, exclusive))
  }
  if (name === '' && selector === undefined) {
    errors.push(field.required(path, 'one of name or selector must be specified'))
  }
  const at = `${path}.parameterNotFoundAction`
  if (!action) errors.push(field.required(at))
  else if (!notFoundActions.includes(action)) errors.push(field.notSupported(at, action, notFoundActions))
  return errors
}
