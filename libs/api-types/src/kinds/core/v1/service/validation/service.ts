import {
  append,
  type FieldError,
  field,
  isDns1123Subdomain,
  validateEndpointIp,
  validateLabels,
  validateLegacyIp,
} from '@kubets/apimachinery'
import type { Service } from '../../../../../wire.ts'
import { isHeadless } from '../shape.ts'
import { validateClusterIps, validateClusterIpsUpdate, validateFamiliesUpdate } from './cluster-ips.ts'
import { validateLoadBalancer, validateLoadBalancerClass } from './load-balancer.ts'
import { validatePortNumbers, validatePorts } from './ports.ts'
import { validateAffinity, validateHealthCheckUpdate, validateTraffic } from './traffic.ts'

export const topologyHints = 'service.kubernetes.io/topology-aware-hints'
export const topologyMode = 'service.kubernetes.io/topology-mode'
const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']

function validateTopology({ metadata }: Service): FieldError[] {
  const { [topologyHints]: hints, [topologyMode]: mode } = metadata?.annotations ?? {}
  if (hints === undefined || mode === undefined || hints === mode) return []
  const text = `must match annotations[${topologyHints}] when both are specified`
  return [field.invalid(`metadata.annotations[${topologyMode}]`, mode, text)]
}

/** A name elsewhere has no address here. */
function validateExternalName({ spec = {} }: Service): FieldError[] {
  const unset = 'may not be set for ExternalName services'
  const errors: FieldError[] = []
  if ((spec.clusterIPs ?? []).length > 0) errors.push(field.forbidden('spec.clusterIPs', unset))
  if ((spec.ipFamilies ?? []).length > 0) errors.push(field.forbidden('spec.ipFamilies', unset))
  if (spec.ipFamilyPolicy !== undefined) errors.push(field.forbidden('spec.ipFamilyPolicy', unset))
  // a closing dot says that the name is complete
  const name = (spec.externalName ?? '').replace(/\.$/, '')
  if (name === '') errors.push(field.required('spec.externalName'))
  else
    append(
      errors,
      isDns1123Subdomain(name).map(text => field.invalid('spec.externalName', name, text)),
    )
  return errors
}

function validateExternalIps(ips: readonly string[] = [], kept: readonly string[] = []): FieldError[] {
  return ips.flatMap((ip, i) => {
    const at = `spec.externalIPs[${i}]`
    const errors = validateLegacyIp(at, ip, kept)
    return errors.length > 0 ? errors : validateEndpointIp(ip, at)
  })
}

/** A service, new or beside the one it replaces; the metadata is looked at elsewhere. */
export function validateService(service: Service, old?: Service): FieldError[] {
  const { spec = {} } = service
  const { type = '', ports = [] } = spec
  const headless = isHeadless(service)
  const errors = validateTopology(service)
  if (ports.length === 0 && !headless && type !== 'ExternalName') errors.push(field.required('spec.ports'))
  if (type === 'ExternalName') append(errors, validateExternalName(service))
  else if (headless && (type === 'LoadBalancer' || type === 'NodePort')) {
    errors.push(field.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`))
  }
  append(
    errors,
    validatePorts(ports),
    validateLabels(spec.selector, 'spec.selector'),
    validateAffinity(service),
    validateClusterIps(service, old),
    validateExternalIps(spec.externalIPs, old?.spec?.externalIPs),
  )
  if (type === '') errors.push(field.required('spec.type'))
  else if (!types.includes(type)) errors.push(field.notSupported('spec.type', type, types))
  append(errors, validatePortNumbers(spec), validateLoadBalancer(service, old), validateTraffic(service))
  return errors
}

export const validateServiceUpdate = (service: Service, old: Service): FieldError[] => [
  ...validateClusterIpsUpdate(service, old),
  ...validateFamiliesUpdate(service, old),
  ...validateLoadBalancerClass(service, old),
  ...validateHealthCheckUpdate(service, old),
  ...validateService(service, old),
]
