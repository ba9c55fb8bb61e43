import { append, type FieldError, field, nameIsPathSegment } from '@kubets/apimachinery'
import type { NamedRuleWithOperations, RuleWithOperations } from '../types.ts'

const scopes = ['*', 'Cluster', 'Namespaced']
const operationNames = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']

/** Which requests a webhook or policy is about. */
export function validateRuleWithOperations(rule: RuleWithOperations, path: string): FieldError[] {
  const errors: FieldError[] = []
  const operations = rule.operations ?? []
  if (operations.length === 0) errors.push(field.required(`${path}.operations`))
  const alone = "if '*' is present, must not specify other operations"
  if (starIsNotAlone(operations)) errors.push(field.invalid(`${path}.operations`, operations, alone))
  operations.forEach((operation, index) => {
    if (operationNames.includes(operation)) return
    errors.push(field.notSupported(`${path}.operations[${index}]`, operation, operationNames))
  })
  return [...errors, ...validateRule(rule, path)]
}

/** The same for one that may name single objects. */
export function validateNamedRule(rule: NamedRuleWithOperations, path: string): FieldError[] {
  const seen = new Set<string>()
  const errors: FieldError[] = []
  rule.resourceNames?.forEach((name, index) => {
    const at = `${path}.resourceNames[${index}]`
    for (const text of nameIsPathSegment(name, false)) errors.push(field.invalid(at, name, text))
    if (seen.has(name)) errors.push(field.duplicate(at, name))
    seen.add(name)
  })
  return [...errors, ...validateRuleWithOperations(rule, path)]
}

const starIsNotAlone = (list: readonly string[]) => list.length > 1 && list.includes('*')

function validateRule(rule: RuleWithOperations, path: string): FieldError[] {
  const errors: FieldError[] = []
  const list = (name: 'apiGroups' | 'apiVersions', what: string) => {
    const values = rule[name] ?? []
    if (values.length === 0) errors.push(field.required(`${path}.${name}`))
    if (starIsNotAlone(values)) {
      errors.push(field.invalid(`${path}.${name}`, values, `if '*' is present, must not specify other API ${what}`))
    }
    return values
  }
  list('apiGroups', 'groups')
  list('apiVersions', 'versions').forEach((version, index) => {
    if (version === '') errors.push(field.required(`${path}.apiVersions[${index}]`))
  })
  append(errors, validateResources(rule.resources ?? [], `${path}.resources`))
  const { scope } = rule
  if (typeof scope === 'string' && !scopes.includes(scope)) {
    errors.push(field.notSupported(`${path}.scope`, scope, scopes))
  }
  return errors
}

/** `pods`, `pods/status`, and with `*` on either side: what such a one covers must not be named beside it. */
function validateResources(resources: readonly string[], path: string): FieldError[] {
  const errors: FieldError[] = resources.length === 0 ? [field.required(path)] : []
  const allOfResource = new Set<string>()
  const subresourceOfAll = new Set<string>()
  // upstream remembers only the last entry without a subresource
  let plainResource = false
  resources.forEach((name, index) => {
    const at = `${path}[${index}]`
    if (name === '') {
      errors.push(field.required(at))
      return
    }
    const slash = name.indexOf('/')
    if (slash < 0) {
      plainResource = name !== '*'
      return
    }
    const [resource, sub] = [name.slice(0, slash), name.slice(slash + 1)]
    const covered = (by: string) => field.invalid(at, name, `if '${by}' is present, must not specify ${name}`)
    if (allOfResource.has(resource)) errors.push(covered(`${resource}/*`))
    if (subresourceOfAll.has(sub)) errors.push(covered(`*/${sub}`))
    if (sub === '*') allOfResource.add(resource)
    if (resource === '*') subresourceOfAll.add(sub)
  })
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(field.invalid(path, resources, "if '*/*' is present, must not specify other resources"))
  }
  if (resources.includes('*') && plainResource) {
    const text = "if '*' is present, must not specify other resources without subresources"
    errors.push(field.invalid(path, resources, text))
  }
  return errors
}
