import { append, type FieldError, field, isDns1123Label, isDns1123Subdomain } from '@kubets/apimachinery'
import type { FlowSchema } from '../../types.ts'

export type Rule = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number]
type Subject = Rule['subjects'][number]
type ResourceRule = NonNullable<Rule['resourceRules']>[number]
type NonResourceRule = NonNullable<Rule['nonResourceRules']>[number]

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']
const subjectKinds = ['Group', 'ServiceAccount', 'User']

function validateSubject(subject: Subject, path: string): FieldError[] {
  const { kind = '', user, group, serviceAccount } = subject
  if (!subjectKinds.includes(kind)) return [field.notSupported(`${path}.kind`, kind, subjectKinds)]
  const errors: FieldError[] = []
  if (kind === 'ServiceAccount') append(errors, validateServiceAccount(serviceAccount, `${path}.serviceAccount`))
  else {
    const [part, given] = kind === 'User' ? ['user', user] : ['group', group]
    if (given === undefined) {
      errors.push(field.required(`${path}.${part}`, `${part} is required when subject kind is '${kind}'`))
    } else if (!given.name) errors.push(field.required(`${path}.${part}.name`))
  }
  const forbid = (part: string, own: string, given: object | undefined) => {
    if (kind !== own && given !== undefined) {
      errors.push(field.forbidden(`${path}.${part}`, `${part} is forbidden when subject kind is not '${own}'`))
    }
  }
  forbid('serviceAccount', 'ServiceAccount', serviceAccount)
  forbid('user', 'User', user)
  forbid('group', 'Group', group)
  return errors
}

function validateServiceAccount(account: Subject['serviceAccount'], path: string): FieldError[] {
  if (account === undefined) {
    return [field.required(path, "serviceAccount is required when subject kind is 'ServiceAccount'")]
  }
  const { name = '', namespace = '' } = account
  const errors: FieldError[] = []
  if (name === '') errors.push(field.required(`${path}.name`))
  else if (name !== '*') {
    append(
      errors,
      isDns1123Subdomain(name).map(text => field.invalid(`${path}.name`, name, text)),
    )
  }
  if (namespace === '') {
    errors.push(field.required(`${path}.namespace`, 'must specify namespace for service account'))
  } else
    append(
      errors,
      isDns1123Label(namespace).map(text => field.invalid(`${path}.namespace`, namespace, text)),
    )
  return errors
}

/** `*` stands alone. */
function validateAlone(list: readonly string[], path: string, others: string): FieldError[] {
  if (list.length < 2 || !list.includes('*')) return []
  return [field.invalid(path, list, `if '*' is present, must not specify other ${others}`)]
}

function validateVerbs(list: readonly string[], path: string): FieldError[] {
  if (list.length === 0) return [field.required(path, 'verbs must contain at least one value')]
  if (list.includes('*')) return validateAlone(list, path, 'verbs')
  return list.every(verb => verbs.includes(verb)) ? [] : [field.notSupported(path, list, verbs)]
}

function validateResourceRule(rule: ResourceRule, path: string): FieldError[] {
  const { apiGroups = [], resources = [], namespaces = [], clusterScope = false } = rule
  const errors = validateVerbs(rule.verbs ?? [], `${path}.verbs`)
  const list = (part: string, values: readonly string[], one: string, others: string) => {
    const at = `${path}.${part}`
    if (values.length === 0) errors.push(field.required(at, `resource rules must supply at least one ${one}`))
    else append(errors, validateAlone(values, at, others))
  }
  list('apiGroups', apiGroups, 'api group', 'api groups')
  list('resources', resources, 'resource', 'resources')
  const at = `${path}.namespaces`
  if (namespaces.length === 0 && !clusterScope) {
    errors.push(field.required(at, 'resource rules that are not cluster scoped must supply at least one namespace'))
  } else if (namespaces.includes('*')) append(errors, validateAlone(namespaces, at, 'namespaces'))
  else {
    namespaces.forEach((namespace, i) => {
      for (const text of isDns1123Label(namespace)) {
        const why = `each member of this list must be '*' or a DNS-1123 label; ${text}`
        errors.push(field.invalid(`${at}[${i}]`, namespace, why))
      }
    })
  }
  return errors
}

function validateUrl(url: string, path: string): FieldError[] {
  const refuse = (text: string) => [field.invalid(path, url, text)]
  if (url === '') return refuse('must not be empty')
  if (url === '/') return []
  if (!url.startsWith('/')) return refuse('must start with slash')
  if (url.includes(' ')) return refuse('must not contain white-space')
  if (url.includes('//')) return refuse('must not contain double slash')
  const stars = url.split('*').length - 1
  return stars > 1 || (stars === 1 && !url.endsWith('/*')) ? refuse('wildcard can only do suffix matching') : []
}

function validateNonResourceRule(rule: NonResourceRule, path: string): FieldError[] {
  const urls = rule.nonResourceURLs ?? []
  const at = `${path}.nonResourceURLs`
  const errors = validateVerbs(rule.verbs ?? [], `${path}.verbs`)
  if (urls.length === 0) errors.push(field.required(at, 'nonResourceURLs must contain at least one value'))
  else if (urls.includes('*')) append(errors, validateAlone(urls, at, 'non-resource URLs'))
  else
    append(
      errors,
      urls.flatMap((url, i) => validateUrl(url, `${at}[${i}]`)),
    )
  return errors
}

/** Who asks, and for what. */
export function validateRule(rule: Rule, path: string): FieldError[] {
  const { resourceRules = [], nonResourceRules = [] } = rule
  const subjects = rule.subjects ?? []
  const errors = subjects.flatMap((subject, i) => validateSubject(subject, `${path}.subjects[${i}]`))
  if (subjects.length === 0) {
    errors.push(field.required(`${path}.subjects`, 'subjects must contain at least one value'))
  }
  if (resourceRules.length + nonResourceRules.length === 0) {
    errors.push(field.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'))
  }
  resourceRules.forEach((one, i) => {
    append(errors, validateResourceRule(one, `${path}.resourceRules[${i}]`))
  })
  nonResourceRules.forEach((one, i) => {
    append(errors, validateNonResourceRule(one, `${path}.nonResourceRules[${i}]`))
  })
  return errors
}
