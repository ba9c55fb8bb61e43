import {
  append,
  type FieldError,
  field,
  isDns1123Subdomain,
  isWildcardDns1123Subdomain,
  parseIp,
  validateLegacyIp,
} from '@kubets/apimachinery'
import type { Ingress } from '../../types.ts'
import { validateBackend } from './backend.ts'

type Spec = NonNullable<Ingress['spec']>
type Rule = NonNullable<Spec['rules']>[number]
type HttpPath = NonNullable<Rule['http']>['paths'][number]
type LoadBalancer = NonNullable<NonNullable<Ingress['status']>['loadBalancer']>

/** What an old ingress may keep though a new one may not have it. */
interface IngressRules {
  readonly allowInvalidSecretName: boolean
  readonly allowInvalidWildcardHostRule: boolean
}

const strict: IngressRules = { allowInvalidSecretName: false, allowInvalidWildcardHostRule: false }

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const badParts = ['//', '/./', '/../', '%2f', '%2F']
const badEnds = ['/..', '/.']
const notAnAddress = 'must be a DNS name, not an IP address'

function validateHttpPath({ path = '', pathType, backend }: HttpPath, at: string): FieldError[] {
  if (pathType === undefined) return [field.required(`${at}.pathType`, 'pathType must be specified')]
  const errors: FieldError[] = []
  const wrong = (text: string) => errors.push(field.invalid(`${at}.path`, path, text))
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) wrong('must be an absolute path')
    for (const part of badParts) if (path.includes(part)) wrong(`must not contain '${part}'`)
    for (const end of badEnds) if (path.endsWith(end)) wrong(`cannot end with '${end}'`)
  } else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) wrong('must be an absolute path')
  } else errors.push(field.notSupported(`${at}.pathType`, pathType, pathTypes))
  append(errors, validateBackend(backend ?? {}, `${at}.backend`))
  return errors
}

function validateRuleValue({ http }: Rule, at: string): FieldError[] {
  if (http === undefined) return []
  const paths = http.paths ?? []
  if (paths.length === 0) return [field.required(`${at}.http.paths`)]
  return paths.flatMap((path, i) => validateHttpPath(path, `${at}.http.paths[${i}]`))
}

const hostErrors = (host: string) => (host.includes('*') ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host))

function validateRule(rule: Rule, at: string, rules: IngressRules): FieldError[] {
  const errors: FieldError[] = []
  const { host = '' } = rule
  if (host !== '') {
    if (parseIp(host) !== undefined) errors.push(field.invalid(`${at}.host`, host, notAnAddress))
    append(
      errors,
      hostErrors(host).map(text => field.invalid(`${at}.host`, host, text)),
    )
  }
  if (!host.includes('*') || !rules.allowInvalidWildcardHostRule) append(errors, validateRuleValue(rule, at))
  return errors
}

const secretNameErrors = (name = '') => (name === '' ? [] : isDns1123Subdomain(name))

function validateTls(tls: NonNullable<Spec['tls']>[number], at: string, rules: IngressRules): FieldError[] {
  const errors = (tls.hosts ?? []).flatMap((host, i) =>
    hostErrors(host).map(text => field.invalid(`${at}.hosts[${i}]`, host, text)),
  )
  if (!rules.allowInvalidSecretName) {
    const { secretName } = tls
    append(
      errors,
      secretNameErrors(secretName).map(text => field.invalid(`${at}.secretName`, secretName, text)),
    )
  }
  return errors
}

function validateSpec(spec: Spec, rules: IngressRules): FieldError[] {
  const errors: FieldError[] = []
  const { defaultBackend, ingressClassName } = spec
  if ((spec.rules ?? []).length === 0 && defaultBackend === undefined) {
    errors.push(field.invalid('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified'))
  }
  if (defaultBackend !== undefined) append(errors, validateBackend(defaultBackend, 'spec.defaultBackend'))
  spec.rules?.forEach((rule, i) => {
    append(errors, validateRule(rule, `spec.rules[${i}]`, rules))
  })
  spec.tls?.forEach((tls, i) => {
    append(errors, validateTls(tls, `spec.tls[${i}]`, rules))
  })
  if (ingressClassName !== undefined) {
    const wrong = isDns1123Subdomain(ingressClassName)
    append(
      errors,
      wrong.map(text => field.invalid('spec.ingressClassName', ingressClassName, text)),
    )
  }
  return errors
}

export const classAnnotation = 'kubernetes.io/ingress.class'

export function validateIngress({ metadata, spec = {} }: Ingress): FieldError[] {
  const errors = validateSpec(spec, strict)
  const annotation = metadata?.annotations?.[classAnnotation]
  if (annotation !== undefined && spec.ingressClassName !== undefined && annotation !== spec.ingressClassName) {
    const text = 'must match `ingressClassName` when both are specified'
    errors.push(field.invalid(`annotations.${classAnnotation}`, annotation, text))
  }
  return errors
}

export function validateIngressUpdate({ spec = {} }: Ingress, { spec: old = {} }: Ingress): FieldError[] {
  return validateSpec(spec, {
    allowInvalidSecretName: (old.tls ?? []).some(({ secretName }) => secretNameErrors(secretName).length > 0),
    allowInvalidWildcardHostRule: (old.rules ?? []).some(
      rule => (rule.host ?? '').includes('*') && validateRuleValue(rule, '').length > 0,
    ),
  })
}

/** Where the ingress can be reached, as its controller says. */
export function validateLoadBalancer({ ingress = [] }: LoadBalancer, old: LoadBalancer): FieldError[] {
  const kept = (old.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []))
  return ingress.flatMap(({ ip, hostname }, i) => {
    const at = `status.loadBalancer.ingress[${i}]`
    const errors = ip ? validateLegacyIp(`${at}.ip`, ip, kept) : []
    if (!hostname) return errors
    append(
      errors,
      isDns1123Subdomain(hostname).map(text => field.invalid(`${at}.hostname`, hostname, text)),
    )
    if (parseIp(hostname) !== undefined) errors.push(field.invalid(`${at}.hostname`, hostname, notAnAddress))
    return errors
  })
}
