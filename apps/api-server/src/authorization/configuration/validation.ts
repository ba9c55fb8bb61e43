import { stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { append, type FieldError, field, isDns1123Subdomain } from '@kubets/apimachinery'
import { authorizationModes } from './contract.ts'

/** An authorizer as its file has it; '' is what it leaves out, times in ms with defaults filled in. */
export interface ReadAuthorizer {
  readonly type: string
  readonly name: string
  readonly webhook?: ReadWebhook
}

export interface ReadWebhook {
  readonly authorizedTtl: number
  readonly cacheAuthorizedRequests: boolean
  readonly unauthorizedTtl: number
  readonly cacheUnauthorizedRequests: boolean
  readonly timeout: number
  readonly subjectAccessReviewVersion: string
  readonly matchConditionSubjectAccessReviewVersion: string
  readonly failurePolicy: string
  readonly connectionType: string
  readonly kubeConfigFile: string | undefined
  readonly matchConditions: readonly string[]
}

const knownTypes = [...authorizationModes].sort()
const maxTimeout = 30_000

/** What is wrong with a configuration, in upstream's words. */
export async function validateAuthorization(authorizers: readonly ReadAuthorizer[]): Promise<FieldError[]> {
  if (authorizers.length === 0)
    return [field.required('authorizers', 'at least one authorization mode must be defined')]
  const causes: FieldError[] = []
  const types = new Set<string>()
  const names = new Set<string>()
  for (const [i, { type, name, webhook }] of authorizers.entries()) {
    const path = `authorizers[${i}]`
    if (type === '') {
      causes.push(field.required(`${path}.type`))
      continue
    }
    if (!knownTypes.some(known => known === type)) {
      causes.push(field.notSupported(`${path}.type`, type, knownTypes))
      continue
    }
    if (types.has(type) && type !== 'Webhook') {
      causes.push(field.duplicate(`${path}.type`, type))
      continue
    }
    types.add(type)
    const wrong = isDns1123Subdomain(name)
    if (name === '') causes.push(field.required(`${path}.name`))
    else if (names.has(name)) causes.push(field.duplicate(`${path}.name`, name))
    else if (wrong.length > 0)
      causes.push(field.invalid(`${path}.name`, name, `authorizer name is invalid: ${wrong.join(', ')}`))
    names.add(name)
    if (type !== 'Webhook') {
      if (webhook !== undefined)
        causes.push(field.invalid(`${path}.webhook`, 'non-null', 'may only be specified when type=Webhook'))
    } else if (webhook === undefined) causes.push(field.required(`${path}.webhook`, 'required when type=Webhook'))
    else append(causes, await validateWebhook(webhook, path))
  }
  return causes
}

async function validateWebhook(webhook: ReadWebhook, path: string): Promise<FieldError[]> {
  const causes: FieldError[] = []
  const { timeout, authorizedTtl, unauthorizedTtl, subjectAccessReviewVersion, failurePolicy, matchConditions } =
    webhook
  if (timeout === 0) causes.push(field.required(`${path}.timeout`))
  else if (timeout > maxTimeout || timeout < 0)
    causes.push(field.invalid(`${path}.timeout`, seconds(timeout), 'must be > 0s and <= 30s'))
  for (const [name, life] of [
    ['authorizedTTL', authorizedTtl],
    ['unauthorizedTTL', unauthorizedTtl],
  ] as const)
    if (life < 0) causes.push(field.invalid(`${path}.${name}`, seconds(life), 'must be > 0s'))
  const oneOf = (name: string, value: string, known: readonly string[]) => {
    if (value === '') causes.push(field.required(`${path}.${name}`))
    else if (!known.includes(value)) causes.push(field.notSupported(`${path}.${name}`, value, known))
  }
  oneOf('subjectAccessReviewVersion', subjectAccessReviewVersion, ['v1', 'v1beta1'])
  const conditions = webhook.matchConditionSubjectAccessReviewVersion
  const at = `${path}.matchConditionSubjectAccessReviewVersion`
  if (conditions !== '' && conditions !== 'v1') causes.push(field.notSupported(at, conditions, ['v1']))
  if (conditions === '' && matchConditions.length > 0)
    causes.push(field.required(at, 'required if match conditions are specified'))
  oneOf('failurePolicy', failurePolicy, ['NoOpinion', 'Deny'])
  append(causes, await validateConnection(webhook, `${path}.connectionInfo`))
  if (matchConditions.length > 0) append(causes, await validateConditions(matchConditions, `${path}.matchConditions`))
  return causes
}

const maxConditions = 64

async function validateConditions(expressions: readonly string[], path: string): Promise<FieldError[]> {
  if (expressions.length > maxConditions) return [field.tooMany(path, expressions.length, maxConditions)]
  // most configurations have none: CEL is loaded where it is used
  const { compileMatchCondition } = await import('../webhook/match-conditions.ts')
  return expressions.flatMap((expression, i) => {
    const at = `${path}[${i}].expression`
    if (expression.trim() === '') return [field.required(at)]
    if (expressions.indexOf(expression) < i) return [field.duplicate(at, expression)]
    const compiled = compileMatchCondition(expression)
    return typeof compiled === 'string' ? [field.invalid(at, expression, compiled)] : []
  })
}

async function validateConnection(webhook: ReadWebhook, path: string): Promise<FieldError[]> {
  const { connectionType: type, kubeConfigFile: file } = webhook
  const at = `${path}.kubeConfigFile`
  if (type === '') return [field.required(`${path}.type`)]
  if (type === 'InClusterConfig')
    return [
      field.forbidden(`${path}.type`, 'an api-server is not in the cluster that it serves: KubeConfigFile is needed'),
    ]
  if (type !== 'KubeConfigFile')
    return [field.notSupported(`${path}.type`, type, ['InClusterConfig', 'KubeConfigFile'])]
  if (file === undefined || file === '') return [field.required(at)]
  if (!isAbsolute(file)) return [field.invalid(at, file, 'must be an absolute path')]
  try {
    return (await stat(file)).isFile() ? [] : [field.invalid(at, file, 'must be a regular file')]
  } catch (error) {
    return [field.invalid(at, file, `error loading file: ${(error as Error).message}`)]
  }
}

/** As Go prints a duration of whole seconds. */
const seconds = (ms: number) => {
  const [total, sign] = [Math.abs(ms) / 1000, ms < 0 ? '-' : '']
  const [h, m, s] = [Math.floor(total / 3600), Math.floor((total % 3600) / 60), total % 60]
  return `${sign}${h > 0 ? `${h}h` : ''}${h > 0 || m > 0 ? `${m}m` : ''}${s}s`
}
