import {
  append,
  type FieldError,
  field,
  isDns1123Subdomain,
  isQualifiedName,
  parseIp,
  validateLegacyCidr,
  validateLegacyIp,
} from '@kubets/apimachinery'
import type { Service } from '../../../../../wire.ts'

type Status = NonNullable<NonNullable<Service['status']>['loadBalancer']>

export const sourceRangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges'
const onlyBalanced = "may only be used when `type` is 'LoadBalancer'"

const balanced = ({ spec }: Service) => spec?.type === 'LoadBalancer'

/** Who may come in: a field, or the annotation that was there before it. Both may have blanks around a block. */
function validateSourceRanges(service: Service, old?: Service): FieldError[] {
  const ranges = service.spec?.loadBalancerSourceRanges ?? []
  if (ranges.length > 0) {
    const path = 'spec.LoadBalancerSourceRanges'
    const kept = (old?.spec?.loadBalancerSourceRanges ?? []).map(text => text.trim())
    const errors = balanced(service) ? [] : [field.forbidden(path, onlyBalanced)]
    ranges.forEach((text, i) => {
      append(errors, validateLegacyCidr(`${path}[${i}]`, text.trim(), kept))
    })
    return errors
  }
  const annotation = service.metadata?.annotations?.[sourceRangesAnnotation]
  if (annotation === undefined) return []
  const path = `metadata.annotations[${sourceRangesAnnotation}]`
  const errors = balanced(service) ? [] : [field.forbidden(path, onlyBalanced)]
  if (old?.metadata?.annotations?.[sourceRangesAnnotation] === annotation || annotation.trim() === '') return errors
  for (const text of annotation.trim().split(',')) append(errors, validateLegacyCidr(path, text.trim()))
  return errors
}

/** `old` for an update: a load balancer keeps its class. */
export function validateLoadBalancerClass(service: Service, old?: Service): FieldError[] {
  const path = 'spec.loadBalancerClass'
  const name = service.spec?.loadBalancerClass
  const errors: FieldError[] = []
  if (old !== undefined && balanced(old) && balanced(service) && name !== old.spec?.loadBalancerClass) {
    errors.push(field.invalid(path, name ?? null, 'may not change once set'))
  }
  if (name === undefined) return errors
  if (!balanced(service)) errors.push(field.forbidden(path, onlyBalanced))
  else
    append(
      errors,
      isQualifiedName(name).map(text => field.invalid(path, name, text)),
    )
  return errors
}

export function validateLoadBalancer(service: Service, old?: Service): FieldError[] {
  const errors = validateSourceRanges(service, old)
  const allocate = service.spec?.allocateLoadBalancerNodePorts
  if (allocate !== undefined && !balanced(service)) {
    errors.push(field.forbidden('spec.allocateLoadBalancerNodePorts', onlyBalanced))
  }
  if (allocate === undefined && balanced(service)) errors.push(field.required('allocateLoadBalancerNodePorts'))
  return [...errors, ...validateLoadBalancerClass(service)]
}

/** Where the load balancer can be reached, as its controller says. */
export function validateLoadBalancerStatus(status: Status, old: Status, service: Service): FieldError[] {
  const path = 'status.loadBalancer.ingress'
  const ingress = status.ingress ?? []
  if (!balanced(service) && ingress.length > 0) {
    return [field.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")]
  }
  const kept = (old.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []))
  return ingress.flatMap(({ ip, ipMode, hostname }, i) => {
    const at = `${path}[${i}]`
    const errors = ip ? validateLegacyIp(`${at}.ip`, ip, kept) : []
    if (ipMode === undefined) {
      if (ip) errors.push(field.required(`${at}.ipMode`, 'must be specified when `ip` is set'))
    } else if (!ip) errors.push(field.forbidden(`${at}.ipMode`, 'may not be specified when `ip` is not set'))
    else if (ipMode !== 'VIP' && ipMode !== 'Proxy') {
      errors.push(field.notSupported(`${at}.ipMode`, ipMode, ['Proxy', 'VIP']))
    }
    if (!hostname) return errors
    append(
      errors,
      isDns1123Subdomain(hostname).map(text => field.invalid(`${at}.hostname`, hostname, text)),
    )
    if (parseIp(hostname) !== undefined) {
      errors.push(field.invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address'))
    }
    return errors
  })
}
