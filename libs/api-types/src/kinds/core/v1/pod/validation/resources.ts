import { type FieldError, field, isQualifiedName, Quantity } from '@kubets/apimachinery'
import type { Container } from '../../../../../wire.ts'

type Resources = NonNullable<Container['resources']>

const standard = new Set(['cpu', 'memory', 'ephemeral-storage'])
const isHugePages = (name: string) => name.startsWith('hugepages-')
const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/')

function checkName(name: string, path: string): FieldError[] {
  const errors = isQualifiedName(name).map(message => field.invalid(path, name, message))
  if (errors.length > 0) return errors
  if (!name.includes('/')) {
    if (standard.has(name) || isHugePages(name)) return []
    return [field.invalid(path, name, 'must be a standard resource for containers')]
  }
  const extended = !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
  return isNative(name) || extended ? [] : [field.invalid(path, name, "doesn't follow extended resource name standard")]
}

function checkValue(name: string, value: Quantity, path: string): FieldError[] {
  if (value.sign() < 0) return [field.invalid(path, value.toString(), 'must be greater than or equal to 0')]
  if (!isNative(name) && !value.isInteger()) return [field.invalid(path, value.toString(), 'must be an integer')]
  return []
}

/** Names, amounts, and that nothing asks for more than its limit. */
export function validateResources(
  resources: Resources | undefined,
  path: string,
  claims: ReadonlySet<string> = new Set(),
): FieldError[] {
  const errors: FieldError[] = []
  const limits = new Map<string, Quantity>()
  for (const [name, text] of Object.entries(resources?.limits ?? {})) {
    const at = `${path}.limits[${name}]`
    const value = Quantity.parse(text)
    limits.set(name, value)
    errors.push(...checkName(name, `${path}.limits`), ...checkValue(name, value, at))
  }
  for (const [name, text] of Object.entries(resources?.requests ?? {})) {
    const value = Quantity.parse(text)
    const limit = limits.get(name)
    errors.push(...checkName(name, `${path}.requests`), ...checkValue(name, value, `${path}.requests[${name}]`))
    // What can not be shared must be limited to just what is asked for.
    const overcommit = isNative(name) && !isHugePages(name)
    if (limit === undefined) {
      if (!overcommit)
        errors.push(field.required(`${path}.limits`, 'Limit must be set for non overcommitable resources'))
    } else if (!overcommit && value.compare(limit) !== 0) {
      errors.push(field.invalid(`${path}.requests`, value.toString(), `must be equal to ${name} limit of ${limit}`))
    } else if (overcommit && value.compare(limit) > 0) {
      const text = `must be less than or equal to ${name} limit of ${limit}`
      errors.push(field.invalid(`${path}.requests`, value.toString(), text))
    }
  }
  errors.push(...checkHugePages(resources, path), ...checkClaims(resources, path, claims))
  return errors
}

function checkHugePages(resources: Resources | undefined, path: string): FieldError[] {
  const names = Object.keys({ ...resources?.limits, ...resources?.requests })
  if (!names.some(isHugePages) || names.includes('cpu') || names.includes('memory')) return []
  return [field.forbidden(path, 'HugePages require cpu or memory')]
}

function checkClaims(resources: Resources | undefined, path: string, known: ReadonlySet<string>): FieldError[] {
  const seen = new Set<string>()
  return (resources?.claims ?? []).flatMap(({ name, request = '' }, index) => {
    const at = `${path}.claims[${index}]`
    if (name === '') return [field.required(at)]
    const key = `${name}/${request}`
    const errors: FieldError[] = seen.has(key) ? [field.duplicate(at, name)] : []
    seen.add(key)
    if (!known.has(name)) errors.push(field.notFound(at, name))
    return errors
  })
}
