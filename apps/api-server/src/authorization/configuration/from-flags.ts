import { readFile } from 'node:fs/promises'
import { goQuote } from '@kubets/apimachinery'
import { abacAuthorizer } from '../abac/abac-authorizer.ts'
import {
  type AuthorizationMode,
  type AuthorizationOptions,
  type AuthorizerConfiguration,
  authorizationModes,
} from './contract.ts'
import { loadAuthorization } from './load.ts'

/** The flags as they were given; undefined, or an empty list, where they were not. Times in ms. */
export interface AuthorizationFlags {
  readonly 'authorization-mode': readonly string[]
  readonly 'authorization-policy-file': string | undefined
  readonly 'authorization-webhook-config-file': string | undefined
  readonly 'authorization-webhook-version': string | undefined
  readonly 'authorization-webhook-cache-authorized-ttl': number | undefined
  readonly 'authorization-webhook-cache-unauthorized-ttl': number | undefined
  readonly 'authorization-config': string | undefined
}

/** The longest that a webhook configured by flags may take. */
const webhookTimeout = 30_000

/** What the flags say of authorization. @throws Error in upstream's words: flags that do not fit together, files that cannot be read. */
export async function authorizationFromFlags(flags: AuthorizationFlags): Promise<AuthorizationOptions> {
  const file = flags['authorization-config'] ?? ''
  if (file !== '') {
    if (hasLegacyFlags(flags))
      throw new Error(
        '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
      )
    const authorizers = await loadAuthorization(await readFile(file, 'utf8'))
    return { authorizers, reloadFile: file, ...(await policyOf(flags, authorizers)) }
  }
  const modes = flags['authorization-mode'].length === 0 ? ['AlwaysAllow'] : flags['authorization-mode']
  const errors = refusals(modes, flags)
  if (errors.length > 0) throw new Error(errors.join('; '))
  const authorizers = (modes as readonly AuthorizationMode[]).map(type => configured(type, flags))
  return { authorizers, ...(await policyOf(flags, authorizers)) }
}

const hasLegacyFlags = (flags: AuthorizationFlags) =>
  flags['authorization-mode'].length > 0 ||
  (
    [
      'authorization-webhook-config-file',
      'authorization-webhook-version',
      'authorization-webhook-cache-authorized-ttl',
      'authorization-webhook-cache-unauthorized-ttl',
    ] as const
  ).some(name => flags[name] !== undefined)

function refusals(modes: readonly string[], flags: AuthorizationFlags): string[] {
  const policy = flags['authorization-policy-file'] ?? ''
  const webhook = flags['authorization-webhook-config-file'] ?? ''
  const version = flags['authorization-webhook-version'] ?? 'v1beta1'
  return [
    ...modes.flatMap(mode => [
      ...(authorizationModes.some(known => known === mode)
        ? []
        : [`authorization-mode ${goQuote(mode)} is not a valid mode`]),
      ...(mode === 'ABAC' && policy === '' ? ["authorization-mode ABAC's authorization policy file not passed"] : []),
      ...(mode === 'Webhook' && webhook === ''
        ? ["authorization-mode Webhook's authorization config file not passed"]
        : []),
    ]),
    ...(policy !== '' && !modes.includes('ABAC')
      ? ['cannot specify --authorization-policy-file without mode ABAC']
      : []),
    ...(webhook !== '' && !modes.includes('Webhook')
      ? ['cannot specify --authorization-webhook-config-file without mode Webhook']
      : []),
    ...(new Set(modes).size < modes.length
      ? [`authorization-mode [${modes.map(goQuote).join(' ')}] has mode specified more than once`]
      : []),
    ...(modes.includes('Webhook') && version !== 'v1' && version !== 'v1beta1'
      ? [`unsupported webhook authorizer version ${goQuote(version)}, supported versions are "v1", "v1beta1"`]
      : []),
  ]
}

function configured(type: AuthorizationMode, flags: AuthorizationFlags): AuthorizerConfiguration {
  if (type !== 'Webhook') return { type }
  const authorizedTtl = flags['authorization-webhook-cache-authorized-ttl'] ?? 300_000
  const unauthorizedTtl = flags['authorization-webhook-cache-unauthorized-ttl'] ?? 30_000
  return {
    type,
    name: 'default',
    webhook: {
      authorizedTtl,
      cacheAuthorizedRequests: authorizedTtl !== 0,
      unauthorizedTtl,
      cacheUnauthorizedRequests: unauthorizedTtl !== 0,
      timeout: webhookTimeout,
      failurePolicy: 'NoOpinion',
      subjectAccessReviewVersion: (flags['authorization-webhook-version'] ?? 'v1beta1') as 'v1' | 'v1beta1',
      kubeConfigFile: flags['authorization-webhook-config-file'] ?? '',
    },
  }
}

/** The text of the policy file, which has been looked through: a start fails with the line that is wrong. */
async function policyOf(
  flags: AuthorizationFlags,
  authorizers: readonly AuthorizerConfiguration[],
): Promise<{ policy?: string }> {
  if (!authorizers.some(({ type }) => type === 'ABAC')) return {}
  const file = flags['authorization-policy-file'] ?? ''
  const policy = await readFile(file, 'utf8')
  try {
    abacAuthorizer(policy)
  } catch (error) {
    throw new Error(`error reading policy file ${file}, ${(error as Error).message}`, { cause: error })
  }
  return { policy }
}
