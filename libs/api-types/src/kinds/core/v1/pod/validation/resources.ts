import { append, type FieldError, field, isDns1123Label, Quantity } from '@kubets/apimachinery'
import type { Container } from '../../../../../wire.ts'
import {
  type NameCheck,
  type ResourceList,
  validateContainerResourceName,
  validateQuantity,
} from '../../resource/checks.ts'
import { isWholePages } from '../../resource/huge-pages.ts'
import { isHugePages, isOvercommitAllowed } from '../../resource/names.ts'
import { each } from './checks.ts'
import { type PodRules, strictRules } from './rules.ts'

type Resources = NonNullable<Container['resources']>
const noClaims: ReadonlySet<string> = new Set()

/** Names, amounts, and that nothing asks for more than its limit. */
export function validateResources(
  resources: Resources | undefined,
  path: string,
  claims: ReadonlySet<string> = noClaims,
  rules: PodRules = strictRules,
  checkName: NameCheck = validateContainerResourceName,
): FieldError[] {
  if (resources === undefined) return []
  const { limits, requests } = resources
  const errors: FieldError[] = []
  for (const name in limits) {
    const value = Quantity.parse(limits[name] ?? '0')
    const at = `${path}.limits[${name}]`
    append(errors, checkName(name, at))
    append(errors, validateQuantity(name, value, at))
    append(errors, validatePages(name, value, at, rules))
  }
  for (const name in requests) {
    const value = Quantity.parse(requests[name] ?? '0')
    const at = `${path}.requests[${name}]`
    append(errors, checkName(name, at))
    append(errors, validateQuantity(name, value, at))
    append(errors, validateRequest(name, value, limits, path))
    append(errors, validatePages(name, value, at, rules))
  }
  if (needsCompany(resources)) errors.push(field.forbidden(path, 'HugePages require cpu or memory'))
  if (resources.claims !== undefined) append(errors, validateClaims(resources, `${path}.claims`, claims))
  return errors
}

function validatePages(name: string, value: Quantity, at: string, rules: PodRules): FieldError[] {
  if (!isHugePages(name) || rules.allowIndivisibleHugePages || isWholePages(name, value)) return []
  return [field.invalid(at, value.toString(), `${value} is not positive integer multiple of ${name}`)]
}

function validateRequest(
  name: string,
  request: Quantity,
  limits: ResourceList | undefined,
  path: string,
): FieldError[] {
  const text = limits !== undefined && Object.hasOwn(limits, name) ? limits[name] : undefined
  if (text === undefined) {
    if (isOvercommitAllowed(name)) return []
    return [field.required(`${path}.limits`, 'Limit must be set for non overcommitable resources')]
  }
  const limit = Quantity.parse(text)
  const order = request.compare(limit)
  const refuse = (what: string) => [
    field.invalid(`${path}.requests`, request.toString(), `must be ${what} ${name} limit of ${limit}`),
  ]
  // What cannot be shared must be limited to just what is asked for.
  if (order !== 0 && !isOvercommitAllowed(name)) return refuse('equal to')
  return order > 0 ? refuse('less than or equal to') : []
}

function hasHugePages(list: ResourceList | undefined): boolean {
  for (const name in list) if (isHugePages(name)) return true
  return false
}

function needsCompany({ limits, requests }: Resources): boolean {
  if (!hasHugePages(limits) && !hasHugePages(requests)) return false
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})]
  return !names.includes('cpu') && !names.includes('memory')
}

function validateClaims({ claims }: Resources, path: string, known: ReadonlySet<string>): FieldError[] {
  if (claims === undefined) return []
  const seen = new Set<string>()
  return claims.flatMap(({ name, request = '' }, index) => {
    const at = `${path}[${index}]`
    if (!name) return [field.required(at)]
    const errors: FieldError[] = []
    if (seen.has(name)) errors.push(field.duplicate(at, name))
    else {
      if (request !== '') append(errors, each(`${at}.request`, request, isDns1123Label(request)))
      const key = request === '' ? name : `${name}/${request}`
      if (seen.has(key)) errors.push(field.duplicate(at, key))
      else if (request === '') {
        for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(field.duplicate(at, name))
      }
      seen.add(key)
    }
    if (!known.has(name)) errors.push(unknownClaim(at, name, known))
    return errors
  })
}

function unknownClaim(at: string, name: string, known: ReadonlySet<string>): FieldError {
  const error = field.notFound(at, name)
  const list = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`
  return { ...error, message: `${error.message}: must be one of the names in pod.spec.resourceClaims${list}` }
}
