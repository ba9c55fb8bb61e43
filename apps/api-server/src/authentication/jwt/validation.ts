import { append, type FieldError, field } from '@kubets/apimachinery'
import { certificatesOf } from '../certificate-pool.ts'
import { domainPrefixedPath } from '../domain-prefixed-path.ts'
import type {
  AuthenticationConfiguration,
  ClaimValidationRule,
  JwtAuthenticatorConfiguration,
  PrefixedClaimOrExpression,
} from './contract.ts'
import { type CompiledExpression, compile, usesClaim } from './expressions.ts'

/** An issuer's expressions, ready to run. */
export interface CompiledMappings {
  readonly username: CompiledExpression | undefined
  readonly groups: CompiledExpression | undefined
  readonly uid: CompiledExpression | undefined
  readonly extra: readonly (CompiledExpression & { readonly key: string })[]
  readonly claimRules: readonly (CompiledExpression & { readonly message: string })[]
  readonly userRules: readonly (CompiledExpression & { readonly message: string })[]
}

export interface Validated {
  readonly causes: readonly FieldError[]
  /** Of each issuer, in their order. Only to be used without causes. */
  readonly mappings: readonly CompiledMappings[]
}

const maxIssuers = 64

/** What is wrong with a configuration, in upstream's words. `disallowed`: issuers whose tokens are our own. */
export function validateAuthentication(
  { jwt = [], anonymous }: AuthenticationConfiguration,
  disallowed: readonly string[],
): Validated {
  const causes: FieldError[] = []
  if (jwt.length > maxIssuers) causes.push(tooMany('jwt', jwt.length))
  const urls = new Set<string>()
  const discoveryUrls = new Set<string>()
  const mappings = jwt.map((one, i) => {
    const path = `jwt[${i}]`
    const compiled = validateIssuerOf(one, path, disallowed, causes)
    const { url = '', discoveryURL = '' } = one.issuer ?? {}
    if (urls.has(url)) causes.push(field.duplicate(`${path}.issuer.url`, url))
    urls.add(url)
    if (discoveryURL !== '') {
      if (discoveryUrls.has(discoveryURL)) causes.push(field.duplicate(`${path}.issuer.discoveryURL`, discoveryURL))
      discoveryUrls.add(discoveryURL)
    }
    return compiled
  })
  if (anonymous !== undefined && anonymous.enabled !== true && (anonymous.conditions ?? []).length > 0)
    causes.push(
      field.invalid(
        'anonymous.conditions',
        anonymous.conditions,
        'enabled should be set to true when conditions are defined',
      ),
    )
  return { causes, mappings }
}

const tooMany = (path: string, count: number): FieldError => ({
  ...field.invalid(path, count, ''),
  message: `Too many: ${count}: must have at most ${maxIssuers} items`,
})

function validateIssuerOf(
  configuration: JwtAuthenticatorConfiguration,
  path: string,
  disallowed: readonly string[],
  causes: FieldError[],
): CompiledMappings {
  validateIssuer(configuration.issuer ?? {}, `${path}.issuer`, disallowed, causes)
  const claimRules = validateClaimRules(
    configuration.claimValidationRules ?? [],
    `${path}.claimValidationRules`,
    causes,
  )
  const mapped = validateMappings(configuration, `${path}.claimMappings`, claimRules, causes)
  const userRules = validateUserRules(configuration, `${path}.userValidationRules`, causes)
  return { ...mapped, claimRules, userRules }
}

function validateIssuer(
  issuer: NonNullable<JwtAuthenticatorConfiguration['issuer']>,
  path: string,
  disallowed: readonly string[],
  causes: FieldError[],
): void {
  const { url = '', discoveryURL = '', certificateAuthority = '', audiences = [], egressSelectorType = '' } = issuer
  if (url === '') causes.push(field.required(`${path}.url`))
  else validateUrl(url, disallowed, `${path}.url`, causes)
  if (discoveryURL !== '') {
    const at = `${path}.discoveryURL`
    const bare = (text: string) => text.replace(/\/+$/, '')
    if (url !== '' && bare(url) === bare(discoveryURL))
      causes.push(field.invalid(at, discoveryURL, 'discoveryURL must be different from URL'))
    validateUrl(discoveryURL, [], at, causes)
  }
  validateAudiences(audiences, issuer.audienceMatchPolicy ?? '', path, causes)
  if (certificateAuthority !== '' && !isBundle(certificateAuthority))
    causes.push(
      field.invalid(
        `${path}.certificateAuthority`,
        '<omitted>',
        'data does not contain any valid RSA or ECDSA certificates',
      ),
    )
  if (egressSelectorType !== '')
    causes.push(
      field.invalid(
        `${path}.egressSelectorType`,
        egressSelectorType,
        'egress selector is not supported by this api-server, which has no egress selectors',
      ),
    )
}

function isBundle(pem: string): boolean {
  try {
    return certificatesOf(pem).length > 0
  } catch {
    return false
  }
}

function validateUrl(text: string, disallowed: readonly string[], path: string, causes: FieldError[]): void {
  const refuse = (why: string) => causes.push(field.invalid(path, text, why))
  if (disallowed.includes(text))
    refuse(`URL must not overlap with disallowed issuers: [${[...disallowed].sort().join(' ')}]`)
  if (!URL.canParse(text)) {
    refuse(
      /^[a-z][a-z0-9+.-]*:/i.test(text) ? `parse ${JSON.stringify(text)}: invalid URL` : 'URL scheme must be https',
    )
    return
  }
  const { protocol, username, password, search, hash } = new URL(text)
  if (protocol !== 'https:') refuse('URL scheme must be https')
  if (username !== '' || password !== '') refuse('URL must not contain a username or password')
  if (search !== '') refuse('URL must not contain a query')
  if (hash !== '') refuse('URL must not contain a fragment')
}

function validateAudiences(audiences: readonly string[], policy: string, path: string, causes: FieldError[]): void {
  const at = `${path}.audiences`
  if (audiences.length === 0) {
    causes.push(field.required(at, `at least one ${at} is required`))
    return
  }
  const seen = new Set<string>()
  for (const [i, audience] of audiences.entries()) {
    if (audience === '') causes.push(field.required(`${at}[${i}]`))
    if (seen.has(audience)) causes.push(field.duplicate(`${at}[${i}]`, audience))
    seen.add(audience)
  }
  const policyPath = `${path}.audienceMatchPolicy`
  if (audiences.length > 1 && policy !== 'MatchAny')
    causes.push(field.invalid(policyPath, policy, 'audienceMatchPolicy must be MatchAny for multiple audiences'))
  if (audiences.length === 1 && policy !== '' && policy !== 'MatchAny')
    causes.push(field.invalid(policyPath, policy, 'audienceMatchPolicy must be empty or MatchAny for single audience'))
}

type Rule = CompiledExpression & { readonly message: string }

function validateClaimRules(rules: readonly ClaimValidationRule[], path: string, causes: FieldError[]): Rule[] {
  const compiled: Rule[] = []
  const claims = new Set<string>()
  const expressions = new Set<string>()
  for (const [i, { claim = '', requiredValue = '', expression = '', message = '' }] of rules.entries()) {
    const at = `${path}[${i}]`
    if (claim !== '' && expression !== '')
      causes.push(field.invalid(at, claim, "claim and expression can't both be set"))
    else if (claim === '' && expression === '') causes.push(field.required(at, 'claim or expression is required'))
    else if (claim !== '') {
      if (message !== '') causes.push(field.invalid(`${at}.message`, message, 'may not be specified when claim is set'))
      if (claims.has(claim)) causes.push(field.duplicate(`${at}.claim`, claim))
      claims.add(claim)
    } else {
      if (requiredValue !== '')
        causes.push(field.invalid(`${at}.requiredValue`, requiredValue, 'may not be specified when expression is set'))
      if (expressions.has(expression)) {
        causes.push(field.duplicate(`${at}.expression`, expression))
        continue
      }
      expressions.add(expression)
      const made = compiledAt('claims', expression, 'bool', `${at}.expression`, causes)
      if (made !== undefined) compiled.push({ ...made, message })
    }
  }
  return compiled
}

function validateUserRules(
  { userValidationRules = [] }: JwtAuthenticatorConfiguration,
  path: string,
  causes: FieldError[],
): Rule[] {
  const seen = new Set<string>()
  return userValidationRules.flatMap(({ expression = '', message = '' }, i) => {
    const at = `${path}[${i}].expression`
    if (expression === '') causes.push(field.required(at))
    else if (seen.has(expression)) causes.push(field.duplicate(at, expression))
    else {
      seen.add(expression)
      const made = compiledAt('user', expression, 'bool', at, causes)
      if (made !== undefined) return [{ ...made, message }]
    }
    return []
  })
}

function validateMappings(
  { claimMappings = {} }: JwtAuthenticatorConfiguration,
  path: string,
  claimRules: readonly Rule[],
  causes: FieldError[],
): Omit<CompiledMappings, 'claimRules' | 'userRules'> {
  const { username = {}, groups = {}, uid = {} } = claimMappings
  const name = prefixed(username, `${path}.username`, true, causes)
  const group = prefixed(groups, `${path}.groups`, false, causes)
  let id: CompiledExpression | undefined
  if (uid.claim && uid.expression)
    causes.push(field.invalid(`${path}.uid`, '', "claim and expression can't both be set"))
  else if (uid.expression) id = compiledAt('claims', uid.expression, 'anything', `${path}.uid.expression`, causes)
  const extra = validateExtra(claimMappings.extra ?? [], `${path}.extra`, causes)
  const verified = [...(name === undefined ? [] : [name]), ...claimRules, ...extra].some(one =>
    usesClaim(one, 'email_verified'),
  )
  if (name !== undefined && usesClaim(name, 'email') && !verified)
    causes.push(
      field.invalid(
        `${path}.username.expression`,
        name.expression,
        'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
      ),
    )
  return { username: name, groups: group, uid: id, extra }
}

function prefixed(
  { claim = '', prefix, expression = '' }: PrefixedClaimOrExpression,
  path: string,
  required: boolean,
  causes: FieldError[],
): CompiledExpression | undefined {
  if (claim !== '' && expression !== '') causes.push(field.invalid(path, '', "claim and expression can't both be set"))
  else if (expression !== '') {
    if (prefix !== undefined)
      causes.push(field.invalid(`${path}.prefix`, prefix, 'may not be specified when expression is set'))
    return compiledAt('claims', expression, 'anything', `${path}.expression`, causes)
  } else if (claim !== '') {
    if (prefix === undefined)
      causes.push(
        field.required(
          `${path}.prefix`,
          'prefix is required when claim is set. It can be set to an empty string to disable prefixing',
        ),
      )
  } else if (required) causes.push(field.required(path, 'claim or expression is required'))
  return undefined
}

function validateExtra(
  extra: readonly { readonly key?: string; readonly valueExpression?: string }[],
  path: string,
  causes: FieldError[],
): (CompiledExpression & { key: string })[] {
  const seen = new Set<string>()
  return extra.flatMap(({ key = '', valueExpression = '' }, i) => {
    const at = `${path}[${i}]`
    append(causes, domainPrefixedPath(`${at}.key`, key))
    if (key !== key.toLowerCase()) causes.push(field.invalid(`${at}.key`, key, 'must be lowercase'))
    if (/^(.*\.)?(kubernetes|k8s)\.io\//.test(key))
      causes.push(
        field.invalid(`${at}.key`, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'),
      )
    if (seen.has(key)) {
      causes.push(field.duplicate(`${at}.key`, key))
      return []
    }
    seen.add(key)
    if (valueExpression === '') {
      causes.push(field.required(`${at}.valueExpression`))
      return []
    }
    const made = compiledAt('claims', valueExpression, 'anything', `${at}.valueExpression`, causes)
    return made === undefined ? [] : [{ ...made, key }]
  })
}

function compiledAt(
  over: 'claims' | 'user',
  expression: string,
  result: 'anything' | 'bool',
  path: string,
  causes: FieldError[],
): CompiledExpression | undefined {
  const made = compile(over, expression, result)
  if (typeof made !== 'string') return made
  causes.push(field.invalid(path, expression, made))
  return undefined
}
