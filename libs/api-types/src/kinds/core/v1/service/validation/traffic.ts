import { append, type FieldError, field, immutable, isPortNumber } from '@kubets/apimachinery'
import type { Service } from '../../../../../wire.ts'
import { externallyAccessible, needsHealthCheck } from '../shape.ts'

const policies = ['Cluster', 'Local']
const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
const affinities = ['ClientIP', 'None']
const maxAffinitySeconds = 86_400

/** Whether one client always comes to the same pod. */
export function validateAffinity({ spec = {} }: Service): FieldError[] {
  const { sessionAffinity = '', sessionAffinityConfig: config } = spec
  const path = 'spec.sessionAffinityConfig'
  const errors: FieldError[] = []
  if (sessionAffinity === '') errors.push(field.required('spec.sessionAffinity'))
  else if (!affinities.includes(sessionAffinity)) {
    errors.push(field.notSupported('spec.sessionAffinity', sessionAffinity, affinities))
  }
  if (sessionAffinity === 'None' && config !== undefined) {
    errors.push(field.forbidden(path, 'must not be set when session affinity is None'))
  }
  if (sessionAffinity !== 'ClientIP') return errors
  const why = 'when session affinity type is ClientIP'
  const seconds = config?.clientIP?.timeoutSeconds
  if (config === undefined) errors.push(field.required(path, why))
  else if (config.clientIP === undefined) errors.push(field.required(`${path}.clientIP`, why))
  else if (seconds === undefined) errors.push(field.required(`${path}.clientIP.timeoutSeconds`, why))
  else if (seconds <= 0 || seconds > maxAffinitySeconds) {
    const text = `must be greater than 0 and less than ${maxAffinitySeconds}`
    errors.push(field.invalid(`${path}.clientIP.timeoutSeconds`, seconds, text))
  }
  return errors
}

function validateExternalTraffic(service: Service): FieldError[] {
  const { externalTrafficPolicy: policy = '', healthCheckNodePort: port = 0 } = service.spec ?? {}
  const policyAt = 'spec.externalTrafficPolicy'
  const portAt = 'spec.healthCheckNodePort'
  const errors: FieldError[] = []
  if (!externallyAccessible(service)) {
    if (policy !== '') {
      errors.push(field.invalid(policyAt, policy, 'may only be set for externally-accessible services'))
    }
  } else if (policy === '') errors.push(field.required(policyAt))
  else if (!policies.includes(policy)) errors.push(field.notSupported(policyAt, policy, policies))
  if (!needsHealthCheck(service)) {
    if (port !== 0) {
      const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
      errors.push(field.invalid(portAt, port, text))
    }
  } else if (port === 0) errors.push(field.required(portAt))
  else
    append(
      errors,
      isPortNumber(port).map(text => field.invalid(portAt, port, text)),
    )
  return errors
}

export function validateTraffic(service: Service): FieldError[] {
  const { type = '', internalTrafficPolicy, trafficDistribution } = service.spec ?? {}
  const errors = validateExternalTraffic(service)
  const at = 'spec.internalTrafficPolicy'
  if (internalTrafficPolicy === undefined) {
    if (['NodePort', 'LoadBalancer', 'ClusterIP'].includes(type)) errors.push(field.required(at))
  } else if (!policies.includes(internalTrafficPolicy)) {
    errors.push(field.notSupported(at, internalTrafficPolicy, policies))
  }
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution)) {
    errors.push(field.notSupported('spec.trafficDistribution', trafficDistribution, distributions))
  }
  return errors
}

/** Load balancers have been told the port: it stays. */
export function validateHealthCheckUpdate(service: Service, old: Service): FieldError[] {
  if (!needsHealthCheck(old) || !needsHealthCheck(service)) return []
  const same = (service.spec?.healthCheckNodePort ?? 0) === (old.spec?.healthCheckNodePort ?? 0)
  return same ? [] : [field.forbidden('spec.healthCheckNodePort', immutable)]
}
