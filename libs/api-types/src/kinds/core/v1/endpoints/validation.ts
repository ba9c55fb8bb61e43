import {
  append,
  type FieldError,
  field,
  isDns1123Label,
  isDns1123Subdomain,
  isPortNumber,
  isQualifiedName,
  semanticEqual,
  validateEndpointIp,
  validateLegacyIp,
} from '@kubets/apimachinery'
import type { Endpoints } from '../../../../wire.ts'

type Subset = NonNullable<Endpoints['subsets']>[number]
type Address = NonNullable<Subset['addresses']>[number]
type Port = NonNullable<Subset['ports']>[number]

const protocols = ['SCTP', 'TCP', 'UDP']

const each = <T>(path: string, value: T, check: (value: T) => readonly string[]) =>
  check(value).map(message => field.invalid(path, value, message))

function validateAddress({ ip = '', hostname, nodeName }: Partial<Address>, path: string): FieldError[] {
  const errors = validateLegacyIp(`${path}.ip`, ip)
  if (hostname) append(errors, each(`${path}.hostname`, hostname, isDns1123Label))
  if (nodeName !== undefined) append(errors, each(`${path}.nodeName`, nodeName, isDns1123Subdomain))
  return [...errors, ...validateEndpointIp(ip, `${path}.ip`)]
}

function validatePort(entry: Port, nameRequired: boolean, at: string): FieldError[] {
  const { name = '', port = 0, protocol = '', appProtocol } = entry
  const errors: FieldError[] = []
  if (name !== '') append(errors, each(`${at}.name`, name, isDns1123Label))
  else if (nameRequired) errors.push(field.required(`${at}.name`))
  append(errors, each(`${at}.port`, port, isPortNumber))
  if (protocol === '') errors.push(field.required(`${at}.protocol`))
  else if (!protocols.includes(protocol)) errors.push(field.notSupported(`${at}.protocol`, protocol, protocols))
  if (appProtocol !== undefined) append(errors, each(`${at}.appProtocol`, appProtocol, isQualifiedName))
  return errors
}

function validateSubset({ addresses = [], notReadyAddresses = [], ports = [] }: Subset, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (addresses.length + notReadyAddresses.length === 0) {
    errors.push(field.required(path, 'must specify `addresses` or `notReadyAddresses`'))
  }
  addresses.forEach((address, i) => {
    append(errors, validateAddress(address, `${path}.addresses[${i}]`))
  })
  notReadyAddresses.forEach((address, i) => {
    append(errors, validateAddress(address, `${path}.notReadyAddresses[${i}]`))
  })
  ports.forEach((port, i) => {
    append(errors, validatePort(port, ports.length > 1, `${path}.ports[${i}]`))
  })
  return errors
}

/** Subsets that an update leaves as they are have been accepted once. */
export function validateSubsets({ subsets = [] }: Endpoints, old?: Endpoints): FieldError[] {
  const errors = subsets.flatMap((subset, i) => validateSubset(subset, `subsets[${i}]`))
  return errors.length > 0 && old !== undefined && semanticEqual(old.subsets, subsets) ? [] : errors
}
