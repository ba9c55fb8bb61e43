import {
  append,
  type FieldError,
  field,
  ipFamilyOf,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isQualifiedName,
  semanticEqual,
  validateEndpointIp,
  validateFullyQualifiedDomainName,
  validateIp,
  validateLabels,
  validateLegacyIp,
} from '@kubets/apimachinery'
import type { EndpointSlice } from '../../types.ts'

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number]
type Port = NonNullable<EndpointSlice['ports']>[number]
type Hints = NonNullable<Endpoint['hints']>

const addressTypes = ['FQDN', 'IPv4', 'IPv6']
const protocols = ['SCTP', 'TCP', 'UDP']
const max = { addresses: 100, endpoints: 1000, ports: 20_000, topologyLabels: 16, hints: 8 } as const

const each = (path: string, value: string, check: (value: string) => readonly string[]) =>
  check(value).map(message => field.invalid(path, value, message))

function validateAddress(address: string, type: string, list: string, index: number): FieldError[] {
  const path = `${list}[${index}]`
  if (type === 'FQDN') return validateFullyQualifiedDomainName(path, address)
  if (type !== 'IPv4' && type !== 'IPv6') return []
  const errors = type === 'IPv4' ? validateLegacyIp(path, address) : validateIp(path, address)
  if (errors.length > 0) return errors
  // about the list, as upstream says it
  if (ipFamilyOf(address) !== type) errors.push(field.invalid(list, address, `must be an ${type} address`))
  return [...errors, ...validateEndpointIp(address, path)]
}

function validateNames(
  list: readonly { name?: string }[],
  path: string,
  check: (name: string) => readonly string[],
): FieldError[] {
  const seen = new Set<string>()
  return list.flatMap(({ name = '' }, i) => {
    const at = `${path}[${i}].name`
    const errors = seen.has(name) ? [field.duplicate(at, name)] : []
    seen.add(name)
    return [...errors, ...each(at, name, check)]
  })
}

function validateHints({ forZones = [], forNodes = [] }: Hints, path: string): FieldError[] {
  if (forZones.length > max.hints) return [field.tooMany(`${path}.forZones`, forZones.length, max.hints)]
  const errors = validateNames(forZones, `${path}.forZones`, isLabelValue)
  if (forNodes.length > max.hints) return [...errors, field.tooMany(`${path}.forNodes`, forNodes.length, max.hints)]
  return [...errors, ...validateNames(forNodes, `${path}.forNodes`, isDns1123Subdomain)]
}

function validateEndpoint(endpoint: Endpoint, type: string, path: string): FieldError[] {
  const { addresses = [], nodeName, hostname, hints, deprecatedTopology = {} } = endpoint
  const at = `${path}.addresses`
  const errors: FieldError[] = []
  if (addresses.length === 0) errors.push(field.required(at, 'must contain at least 1 address'))
  else if (addresses.length > max.addresses) errors.push(field.tooMany(at, addresses.length, max.addresses))
  addresses.forEach((address, i) => {
    append(errors, validateAddress(address, type, at, i))
  })
  if (nodeName !== undefined) append(errors, each(`${path}.nodeName`, nodeName, isDns1123Subdomain))
  const labels = Object.keys(deprecatedTopology).length
  const topology = `${path}.deprecatedTopology`
  if (labels > max.topologyLabels) errors.push(field.tooMany(topology, labels, max.topologyLabels))
  append(errors, validateLabels(deprecatedTopology, topology))
  if (hostname !== undefined) append(errors, each(`${path}.hostname`, hostname, isDns1123Label))
  if (hints !== undefined) append(errors, validateHints(hints, `${path}.hints`))
  return errors
}

function validateEndpoints({ endpoints, addressType }: EndpointSlice): FieldError[] {
  const list = endpoints ?? []
  if (list.length > max.endpoints) return [field.tooMany('endpoints', list.length, max.endpoints)]
  return list.flatMap((endpoint, i) => validateEndpoint(endpoint, addressType, `endpoints[${i}]`))
}

function validatePorts(ports: readonly Port[]): FieldError[] {
  if (ports.length > max.ports) return [field.tooMany('ports', ports.length, max.ports)]
  const seen = new Set<string>()
  return ports.flatMap(({ name = '', protocol, appProtocol }, i) => {
    const at = `ports[${i}]`
    const errors = name === '' ? [] : each(`${at}.name`, name, isDns1123Label)
    if (seen.has(name)) errors.push(field.duplicate(`${at}.name`, name))
    seen.add(name)
    if (protocol === undefined) errors.push(field.required(`${at}.protocol`))
    else if (!protocols.includes(protocol)) errors.push(field.notSupported(`${at}.protocol`, protocol, protocols))
    if (appProtocol !== undefined) append(errors, each(`${at}.appProtocol`, appProtocol, isQualifiedName))
    return errors
  })
}

export function validateEndpointSlice(slice: EndpointSlice, old?: EndpointSlice): FieldError[] {
  const { addressType = '' } = slice
  const errors: FieldError[] = []
  if (addressType === '') errors.push(field.required('addressType'))
  else if (!addressTypes.includes(addressType)) {
    errors.push(field.notSupported('addressType', addressType, addressTypes))
  }
  append(errors, validatePorts(slice.ports ?? []))
  const wrong = validateEndpoints(slice)
  // what stood there before has been accepted once
  if (wrong.length > 0 && old !== undefined && semanticEqual(old.endpoints, slice.endpoints)) return errors
  return [...errors, ...wrong]
}
