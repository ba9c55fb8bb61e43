import { aggregate, append, type FieldError, field, isDns1123Subdomain } from '@kubets/apimachinery'
import { levels, stages } from './event.ts'
import type { AuditPolicy, GroupResources, PolicyRule } from './policy.ts'

const version = 'audit.k8s.io/v1'
const known = {
  policy: ['kind', 'apiVersion', 'metadata', 'rules', 'omitStages', 'omitManagedFields'],
  rule: [
    'level',
    'users',
    'userGroups',
    'verbs',
    'resources',
    'namespaces',
    'nonResourceURLs',
    'omitStages',
    'omitManagedFields',
  ],
  resources: ['group', 'resources', 'resourceNames'],
} as const

/**
 * Reads a policy file, YAML or JSON. Fields that nobody knows are told to `warn` and passed over, as upstream does. Throws an
 * Error that says what is wrong, all of it at once.
 */
export async function readPolicy(text: string, warn: (message: string) => void): Promise<AuditPolicy> {
  const { parse } = await import('yaml')
  let document: unknown
  try {
    document = parse(text)
  } catch (error) {
    throw new Error(`failed decoding: ${(error as Error).message}`)
  }
  if (!isObject(document)) throw new Error('failed decoding: the file holds no object')
  const { kind, apiVersion } = document
  if (kind !== 'Policy' || apiVersion !== version)
    throw new Error(
      `unknown group version field ${String(apiVersion)}, Kind=${String(kind)} in policy: it must be a Policy of ${version}`,
    )
  const shape = new Shape()
  shape.check(document, '')
  if (shape.unknown.length > 0)
    warn(`Audit policy contains errors, falling back to lenient decoding: ${shape.unknown.join(', ')}`)
  if (shape.wrong.length > 0) throw new Error(`failed decoding: ${shape.wrong.join(', ')}`)
  const policy = document as unknown as AuditPolicy
  const errors = validatePolicy(policy)
  if (errors.length > 0) throw new Error(aggregate(errors))
  if ((policy.rules ?? []).length === 0) throw new Error('loaded illegal policy with 0 rules')
  return policy
}

/** What is of the wrong type, and what nobody knows. */
class Shape {
  readonly wrong: string[] = []
  readonly unknown: string[] = []

  check(policy: Record<string, unknown>, at: string): void {
    this.#names(policy, known.policy, at)
    this.#strings(policy, ['omitStages'], at)
    this.#boolean(policy, 'omitManagedFields', at)
    this.#objects(policy, 'rules', at, (rule, path) => {
      this.#names(rule, known.rule, path)
      this.#strings(
        rule,
        ['users', 'userGroups', 'verbs', 'namespaces', 'nonResourceURLs', 'omitStages'] as const,
        path,
      )
      this.#boolean(rule, 'omitManagedFields', path)
      this.#objects(rule, 'resources', path, (resources, inner) => {
        this.#names(resources, known.resources, inner)
        this.#strings(resources, ['resources', 'resourceNames'], inner)
      })
    })
  }

  #names(object: Record<string, unknown>, names: readonly string[], at: string): void {
    for (const name of Object.keys(object)) if (!names.includes(name)) this.unknown.push(`unknown field "${at}${name}"`)
  }

  #boolean(object: Record<string, unknown>, name: string, at: string): void {
    const value = object[name]
    if (value !== undefined && value !== null && typeof value !== 'boolean')
      this.wrong.push(`${at}${name} must be true or false`)
  }

  #strings(object: Record<string, unknown>, names: readonly string[], at: string): void {
    for (const name of names) {
      const value = object[name]
      if (value === undefined) continue
      if (value === null) delete object[name]
      else if (!Array.isArray(value) || value.some(one => typeof one !== 'string'))
        this.wrong.push(`${at}${name} must be a list of strings`)
    }
  }

  #objects(
    object: Record<string, unknown>,
    name: string,
    at: string,
    each: (value: Record<string, unknown>, path: string) => void,
  ): void {
    const value = object[name]
    if (value === undefined || value === null) return
    if (!Array.isArray(value)) {
      this.wrong.push(`${at}${name} must be a list`)
      return
    }
    for (const [index, one] of value.entries()) {
      if (isObject(one)) each(one, `${at}${name}[${index}].`)
      else this.wrong.push(`${at}${name}[${index}] must be an object`)
    }
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function validatePolicy({ omitStages, rules }: AuditPolicy): FieldError[] {
  return [
    ...stagesErrors(omitStages, 'omitStages'),
    ...(rules ?? []).flatMap((rule, i) => ruleErrors(rule, `rules[${i}]`)),
  ]
}

function ruleErrors(rule: PolicyRule, at: string): FieldError[] {
  const { level, nonResourceURLs = [], resources = [], namespaces = [], omitStages } = rule
  const errors: FieldError[] = []
  if (!level) errors.push(field.required(`${at}.level`))
  else if (!levels.includes(level)) errors.push(field.notSupported(`${at}.level`, level, levels))
  append(
    errors,
    nonResourceURLs.flatMap((url, i) => urlErrors(url, `${at}.nonResourceURLs[${i}]`)),
  )
  append(
    errors,
    resources.flatMap(one => resourceErrors(one, `${at}.resources`)),
  )
  append(errors, stagesErrors(omitStages, `${at}.omitStages`))
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    const why = 'rules cannot apply to both regular resources and non-resource URLs'
    errors.push(field.invalid(`${at}.nonResourceURLs`, nonResourceURLs, why))
  }
  return errors
}

function urlErrors(url: string, at: string): FieldError[] {
  if (url === '*') return []
  const errors: FieldError[] = []
  if (!url.startsWith('/'))
    errors.push(field.invalid(at, url, "non-resource URL rules must begin with a '/' character"))
  if (url.slice(0, -1).includes('*'))
    errors.push(field.invalid(at, url, "non-resource URL wildcards '*' must be the final character of the rule"))
  return errors
}

function resourceErrors({ group = '', resources = [], resourceNames = [] }: GroupResources, at: string): FieldError[] {
  const errors: FieldError[] = []
  const wrong = group === '' || group === '*' ? [] : isDns1123Subdomain(group)
  if (wrong.length > 0) errors.push(field.invalid(`${at}.group`, group, wrong.join(',')))
  if (resourceNames.length > 0 && resources.length === 0)
    errors.push(
      field.invalid(`${at}.resourceNames`, resourceNames, 'using resourceNames requires at least one resource'),
    )
  return errors
}

const stagesErrors = (given: readonly string[] = [], at: string): FieldError[] =>
  given.flatMap((stage, i) =>
    (stages as readonly string[]).includes(stage)
      ? []
      : [field.invalid(`${at}[${i}]`, stage, `allowed stages are ${stages.join(',')}`)],
  )
