import {
  type FieldError,
  field,
  inclusiveRange,
  isDns1123Label,
  isDns1123Subdomain,
  isIp,
  isPortName,
  isPortNumber,
  isQualifiedName,
  validateLabels,
} from '@kubets/apimachinery'
import type { Service } from '../../../../wire.ts'

type Spec = NonNullable<Service['spec']>

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']
const policies = ['Cluster', 'Local']
const maxAffinitySeconds = 86_400

const oneOf = (path: string, value: string | undefined, allowed: readonly string[]): FieldError[] =>
  value && !allowed.includes(value) ? [field.notSupported(path, value, allowed)] : []

function validatePorts(spec: Spec): FieldError[] {
  const ports = spec.ports ?? []
  const names = new Set<string>()
  const taken = new Set<string>()
  const nodePorts = new Set<string>()
  return ports.flatMap((port, index) => {
    const at = `spec.ports[${index}]`
    const errors: FieldError[] = []
    const { name = '', protocol = '', targetPort, nodePort = 0, appProtocol } = port
    if (name === '') {
      if (ports.length > 1) errors.push(field.required(`${at}.name`))
    } else {
      errors.push(...isDns1123Label(name).map(message => field.invalid(`${at}.name`, name, message)))
      if (names.has(name)) errors.push(field.duplicate(`${at}.name`, name))
      names.add(name)
    }
    errors.push(...isPortNumber(port.port).map(message => field.invalid(`${at}.port`, port.port, message)))
    if (protocol === '') errors.push(field.required(`${at}.protocol`))
    else errors.push(...oneOf(`${at}.protocol`, protocol, protocols))
    if (typeof targetPort === 'number') {
      errors.push(...isPortNumber(targetPort).map(text => field.invalid(`${at}.targetPort`, targetPort, text)))
    } else if (targetPort !== undefined) {
      errors.push(...isPortName(targetPort).map(text => field.invalid(`${at}.targetPort`, targetPort, text)))
    }
    if (appProtocol !== undefined) {
      errors.push(...isQualifiedName(appProtocol).map(text => field.invalid(`${at}.appProtocol`, appProtocol, text)))
    }
    const key = `${protocol}/${port.port}`
    if (taken.has(key)) errors.push(field.duplicate(at, { protocol, port: port.port }))
    taken.add(key)
    if (nodePort !== 0) {
      if (spec.type === 'ClusterIP') {
        errors.push(field.forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"))
      }
      const nodeKey = `${protocol}/${nodePort}`
      if (nodePorts.has(nodeKey)) errors.push(field.duplicate(`${at}.nodePort`, nodePort))
      nodePorts.add(nodeKey)
    }
    return errors
  })
}

function validateClusterAddress(spec: Spec): FieldError[] {
  const { type, clusterIP = '', clusterIPs = [] } = spec
  const errors: FieldError[] = []
  if (type === 'ExternalName') {
    if (clusterIP !== '') errors.push(field.forbidden('spec.clusterIPs[0]', 'may not be set for ExternalName services'))
    if (!spec.externalName) errors.push(field.required('spec.externalName'))
    else {
      const name = spec.externalName.replace(/\.$/, '')
      errors.push(...isDns1123Subdomain(name).map(text => field.invalid('spec.externalName', name, text)))
    }
    return errors
  }
  if (clusterIP === 'None') {
    if (type !== 'ClusterIP') {
      errors.push(field.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`))
    }
  } else if (clusterIP !== '') {
    errors.push(...isIp(clusterIP).map(message => field.invalid('spec.clusterIPs[0]', clusterIP, message)))
  }
  if (clusterIP !== '' && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) {
    errors.push(field.invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`'))
  }
  return errors
}

function validateTraffic(spec: Spec): FieldError[] {
  const errors = oneOf('spec.internalTrafficPolicy', spec.internalTrafficPolicy, policies)
  errors.push(...oneOf('spec.externalTrafficPolicy', spec.externalTrafficPolicy, policies))
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds
  if (spec.sessionAffinity === 'ClientIP' && seconds !== undefined && (seconds <= 0 || seconds > maxAffinitySeconds)) {
    const text = `must be greater than 0 and less than ${maxAffinitySeconds}`
    errors.push(field.invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, text))
  }
  const port = spec.healthCheckNodePort ?? 0
  if (port < 0 || port > 65535) errors.push(field.invalid('spec.healthCheckNodePort', port, inclusiveRange(0, 65535)))
  return errors
}

export function validateService({ spec = {} }: Service): FieldError[] {
  const errors: FieldError[] = []
  if ((spec.ports ?? []).length === 0 && spec.clusterIP !== 'None' && spec.type !== 'ExternalName') {
    errors.push(field.required('spec.ports'))
  }
  errors.push(...validateClusterAddress(spec))
  if (!spec.type) errors.push(field.required('spec.type'))
  else errors.push(...oneOf('spec.type', spec.type, types))
  errors.push(...validatePorts(spec))
  errors.push(...validateLabels(spec.selector, 'spec.selector'))
  if (!spec.sessionAffinity) errors.push(field.required('spec.sessionAffinity'))
  else errors.push(...oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']))
  spec.externalIPs?.forEach((ip, i) => {
    errors.push(...isIp(ip).map(message => field.invalid(`spec.externalIPs[${i}]`, ip, message)))
  })
  errors.push(...validateTraffic(spec))
  return errors
}

/** The cluster address stays, unless the service stops or starts to have one. */
export function validateServiceUpdate({ spec = {} }: Service, { spec: old = {} }: Service): FieldError[] {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName' || !old.clusterIP) return []
  const now = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? '']
  if (now[0] === old.clusterIP) return []
  return [field.invalid('spec.clusterIPs[0]', now, 'may not change once set')]
}
