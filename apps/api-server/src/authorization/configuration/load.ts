import { parseDuration } from '@kubets/component'
import { aggregateErrors } from '../aggregate-errors.ts'
import type { AuthorizationMode, AuthorizerConfiguration } from './contract.ts'
import { type ReadAuthorizer, type ReadWebhook, validateAuthorization } from './validation.ts'

const group = 'apiserver.config.k8s.io'
const versions = ['v1', 'v1beta1', 'v1alpha1']
const members = {
  document: ['apiVersion', 'kind', 'authorizers'],
  authorizer: ['type', 'name', 'webhook'],
  webhook: [
    'authorizedTTL',
    'cacheAuthorizedRequests',
    'unauthorizedTTL',
    'cacheUnauthorizedRequests',
    'timeout',
    'subjectAccessReviewVersion',
    'matchConditionSubjectAccessReviewVersion',
    'failurePolicy',
    'connectionInfo',
    'matchConditions',
  ],
  connectionInfo: ['type', 'kubeConfigFile'],
  matchCondition: ['expression'],
}

/**
 * Reads an `AuthorizationConfiguration` (YAML or JSON). `required` are the authorizers that a file which is read again must go on naming.
 * @throws Error with upstream's text.
 */
export async function loadAuthorization(
  text: string,
  required: ReadonlySet<AuthorizationMode> = new Set(),
): Promise<readonly AuthorizerConfiguration[]> {
  const read = await readDocument(text)
  const causes = await validateAuthorization(read)
  if (causes.length > 0) throw new Error(aggregateErrors(causes.map(({ field, message }) => `${field}: ${message}`)))
  const named = read.flatMap(({ type, name }) =>
    type === 'Webhook' || name === type.toLowerCase()
      ? []
      : `expected name ${type.toLowerCase()} for authorizer ${type} instead of ${name}`,
  )
  const missing = [...required].filter(type => !read.some(one => one.type === type)).sort()
  if (missing.length > 0) named.push(`missing required types: [${missing.join(' ')}]`)
  if (named.length > 0) throw new Error(aggregateErrors(named))
  return read.map(configured)
}

async function readDocument(text: string): Promise<ReadAuthorizer[]> {
  const fail = (why: string, cause?: unknown) =>
    new Error(
      `failed to load AuthorizationConfiguration from file: ${why}`,
      cause === undefined ? undefined : { cause },
    )
  // an empty file is an empty configuration
  if (text.trim() === '') return []
  let value: unknown
  try {
    const { parse } = await import('yaml')
    value = parse(text)
  } catch (error) {
    throw fail((error as Error).message, error)
  }
  const document = fields(value, '', fail)
  const { kind = '', apiVersion = '' } = document
  if (kind === '') throw fail("Object 'Kind' is missing")
  if (apiVersion === '') throw fail("Object 'apiVersion' is missing")
  if (kind !== 'AuthorizationConfiguration' || !versions.some(version => apiVersion === `${group}/${version}`))
    throw fail(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`)
  const unknown: string[] = []
  const known = (object: Record<string, unknown>, path: string, names: readonly string[]) => {
    for (const name of Object.keys(object)) if (!names.includes(name)) unknown.push(`unknown field "${path}${name}"`)
  }
  known(document, '', members.document)
  const authorizers = list(document.authorizers, 'authorizers', fail).map((one, i) => {
    const path = `authorizers[${i}].`
    const object = fields(one, path, fail)
    known(object, path, members.authorizer)
    const webhook = object.webhook === undefined || object.webhook === null ? undefined : object.webhook
    return {
      type: readText(object.type, `${path}type`, fail),
      name: readText(object.name, `${path}name`, fail),
      ...(webhook === undefined ? {} : { webhook: readWebhook(webhook, `${path}webhook.`, fail, known) }),
    }
  })
  if (unknown.length > 0) throw fail(`strict decoding error: ${unknown.join(', ')}`)
  return authorizers
}

type Fail = (why: string) => Error
type Known = (object: Record<string, unknown>, path: string, names: readonly string[]) => void

function readWebhook(value: unknown, path: string, fail: Fail, known: Known): ReadWebhook {
  const object = fields(value, path, fail)
  known(object, path, members.webhook)
  const connection = fields(object.connectionInfo ?? {}, `${path}connectionInfo.`, fail)
  known(connection, `${path}connectionInfo.`, members.connectionInfo)
  const duration = (name: string, otherwise: number) => {
    const given = object[name]
    if (given === undefined || given === null) return otherwise
    const text = readText(given, path + name, fail)
    const ms = parseDuration(text.replace(/^-/, ''))
    if (ms === undefined) throw fail(`time: invalid duration ${JSON.stringify(text)}`)
    return (text.startsWith('-') ? -ms : ms) || otherwise
  }
  const flag = (name: string) => {
    const given = object[name] ?? true
    if (typeof given !== 'boolean') throw fail(`${path}${name} must be a boolean`)
    return given
  }
  const text = (name: string) => readText(object[name], path + name, fail)
  return {
    authorizedTtl: duration('authorizedTTL', 300_000),
    cacheAuthorizedRequests: flag('cacheAuthorizedRequests'),
    unauthorizedTtl: duration('unauthorizedTTL', 30_000),
    cacheUnauthorizedRequests: flag('cacheUnauthorizedRequests'),
    timeout: duration('timeout', 0),
    subjectAccessReviewVersion: text('subjectAccessReviewVersion'),
    matchConditionSubjectAccessReviewVersion: text('matchConditionSubjectAccessReviewVersion'),
    failurePolicy: text('failurePolicy'),
    connectionType: readText(connection.type, `${path}connectionInfo.type`, fail),
    kubeConfigFile:
      connection.kubeConfigFile === undefined || connection.kubeConfigFile === null
        ? undefined
        : readText(connection.kubeConfigFile, `${path}connectionInfo.kubeConfigFile`, fail),
    matchConditions: list(object.matchConditions, `${path}matchConditions`, fail).map((one, i) => {
      const at = `${path}matchConditions[${i}].`
      const condition = fields(one, at, fail)
      known(condition, at, members.matchCondition)
      return readText(condition.expression, `${at}expression`, fail)
    }),
  }
}

function fields(value: unknown, path: string, fail: Fail): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fail(`${path === '' ? 'the file' : path.slice(0, -1)} must be an object`)
  return value as Record<string, unknown>
}

function list(value: unknown, path: string, fail: Fail): unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw fail(`${path} must be a list`)
  return value
}

function readText(value: unknown, path: string, fail: Fail): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw fail(`${path} must be a string`)
  return value
}

/** Of what has passed validation. */
function configured({ type, name, webhook }: ReadAuthorizer): AuthorizerConfiguration {
  if (type !== 'Webhook' || webhook === undefined) return { type: type as Exclude<AuthorizationMode, 'Webhook'> }
  const { connectionType: _, matchConditions, matchConditionSubjectAccessReviewVersion: _v, ...rest } = webhook
  return {
    type,
    name,
    webhook: {
      ...rest,
      failurePolicy: webhook.failurePolicy as 'NoOpinion' | 'Deny',
      subjectAccessReviewVersion: webhook.subjectAccessReviewVersion as 'v1' | 'v1beta1',
      kubeConfigFile: webhook.kubeConfigFile ?? '',
      ...(matchConditions.length === 0 ? {} : { matchConditions }),
    },
  }
}
