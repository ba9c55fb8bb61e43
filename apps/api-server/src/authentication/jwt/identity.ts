import type { Value } from '@kubets/cel'
import type { UserInfo } from '../../handlers/request-context.ts'
import { authenticatedUser, credentialId } from '../users.ts'
import type { JwtAuthenticatorConfiguration } from './contract.ts'
import { type CompiledExpression, claimsValue, evaluate, userValue } from './expressions.ts'
import type { CompiledMappings } from './validation.ts'

export type Claims = Readonly<Record<string, unknown>>

type Rule = CompiledExpression & { readonly message: string }

/** Who an issuer's claims say that somebody is. @throws Error in upstream's words when they are not enough. */
export function identityOf(
  claims: Claims,
  configuration: JwtAuthenticatorConfiguration,
  mappings: CompiledMappings,
): UserInfo {
  const value = claimsValue(claims)
  const { claimMappings = {}, claimValidationRules = [] } = configuration
  const name = usernameOf(claims, value, claimMappings.username ?? {}, mappings.username)
  const groups = groupsOf(claims, value, claimMappings.groups ?? {}, mappings.groups)
  const uid = uidOf(claims, value, claimMappings.uid?.claim ?? '', mappings.uid)
  const extra = extraOf(claims, value, mappings.extra)
  for (const { claim = '', requiredValue = '' } of claimValidationRules)
    if (claim !== '') mustHave(claims, claim, requiredValue)
  checkRules(mappings.claimRules, 'claims', value, 'oidc: error evaluating claim validation expression')
  const user = { name, uid, groups, ...(Object.keys(extra).length === 0 ? {} : { extra }) }
  checkRules(mappings.userRules, 'user', userValue(user), 'oidc: error evaluating user info validation rule')
  return authenticatedUser(user)
}

function usernameOf(
  claims: Claims,
  value: Value,
  { claim = '', prefix = '' }: { readonly claim?: string; readonly prefix?: string },
  expression: CompiledExpression | undefined,
): string {
  if (expression !== undefined) {
    const name = evaluated(expression, value, 'username claim')
    if (typeof name !== 'string')
      throw new Error(
        'oidc: error evaluating username claim expression: username claim expression must return a string',
      )
    if (name === '') throw new Error('oidc: empty username via CEL expression is not allowed')
    return name
  }
  const name = textClaim(claims, claim, `oidc: parse username claims ${JSON.stringify(claim)}`)
  if (claim === 'email' && Object.hasOwn(claims, 'email_verified')) {
    const verified = claims.email_verified
    if (typeof verified !== 'boolean')
      throw new Error(`oidc: parse 'email_verified' claim: ${cannotRead(verified, 'bool')}`)
    if (!verified) throw new Error('oidc: email not verified')
  }
  return prefix + name
}

function groupsOf(
  claims: Claims,
  value: Value,
  { claim = '', prefix = '' }: { readonly claim?: string; readonly prefix?: string },
  expression: CompiledExpression | undefined,
): readonly string[] {
  if (claim !== '' && Object.hasOwn(claims, claim)) {
    const given = claims[claim] ?? []
    const groups = typeof given === 'string' ? [given] : given
    if (!Array.isArray(groups) || groups.some(group => typeof group !== 'string'))
      throw new Error(`oidc: parse groups claim ${JSON.stringify(claim)}: ${cannotRead(given, 'string')}`)
    return groups.map(group => prefix + group)
  }
  if (expression === undefined) return []
  return texts(evaluated(expression, value, 'group claim'), 'oidc: error evaluating group claim expression')
}

function uidOf(claims: Claims, value: Value, claim: string, expression: CompiledExpression | undefined): string {
  if (claim !== '') return textClaim(claims, claim, `oidc: parse uid claim ${JSON.stringify(claim)}`)
  if (expression === undefined) return ''
  const uid = evaluated(expression, value, 'uid claim')
  if (typeof uid === 'string') return uid
  throw new Error('oidc: error evaluating uid claim expression: uid claim expression must return a string')
}

function extraOf(claims: Claims, value: Value, extra: CompiledMappings['extra']): Record<string, readonly string[]> {
  const found: [string, readonly string[]][] = []
  const { jti } = claims
  if (typeof jti === 'string' && jti !== '') found.push([credentialId, [`JTI=${jti}`]])
  for (const one of extra) {
    const values = texts(
      evaluate(one, 'claims', value),
      `oidc: error evaluating extra claim expression: ${one.expression}`,
    )
    if (values.length > 0) found.push([one.key, values])
  }
  return Object.fromEntries(found)
}

function mustHave(claims: Claims, claim: string, wanted: string): void {
  if (!Object.hasOwn(claims, claim)) throw new Error(`oidc: required claim ${claim} not present in ID token`)
  const found = textClaim(claims, claim, `oidc: parse claim ${claim}`)
  if (found !== wanted)
    throw new Error(`oidc: required claim ${claim} value does not match. Got = ${found}, want = ${wanted}`)
}

function checkRules(rules: readonly Rule[], over: string, value: Value, prefix: string): void {
  for (const rule of rules) {
    let result: Value
    try {
      result = evaluate(rule, over, value)
    } catch (error) {
      throw new Error(`${prefix}: ${(error as Error).message}`, { cause: error })
    }
    if (typeof result !== 'boolean') throw new Error(`${prefix}: validation expression must return a boolean`)
    if (!result) throw new Error(`${prefix}: validation expression '${rule.expression}' failed: ${rule.message}`)
  }
}

function evaluated(expression: CompiledExpression, value: Value, what: string): Value {
  try {
    return evaluate(expression, 'claims', value)
  } catch (error) {
    throw new Error(`oidc: error evaluating ${what} expression: ${(error as Error).message}`, { cause: error })
  }
}

/** A text, or a list of texts; what is empty is not there. */
function texts(value: Value, prefix: string): string[] {
  if (value === null || value === '') return []
  if (typeof value === 'string') return [value]
  if (!Array.isArray(value) || value.some(one => typeof one !== 'string'))
    throw new Error(`${prefix}: expression must return a string or a list of strings`)
  return (value as string[]).filter(one => one !== '')
}

function textClaim(claims: Claims, claim: string, prefix: string): string {
  if (!Object.hasOwn(claims, claim)) throw new Error(`${prefix}: claim not present`)
  const value = claims[claim] ?? ''
  if (typeof value !== 'string') throw new Error(`${prefix}: ${cannotRead(value, 'string')}`)
  return value
}

/** As Go's decoder says it. */
function cannotRead(value: unknown, type: string): string {
  const found = Array.isArray(value)
    ? 'array'
    : value === null
      ? 'null'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value
  return `json: cannot unmarshal ${found} into Go value of type ${type}`
}
