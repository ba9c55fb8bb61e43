import {
  type FieldError,
  field,
  ipFamily,
  isDns1123Label,
  isDns1123Subdomain,
  isIp,
  isPortNumber,
  nameIsDnsSubdomain,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Endpoints } from '../../../../wire.ts'

type Subset = NonNullable<Endpoints['subsets']>[number]
type Address = NonNullable<Subset['addresses']>[number]

function validateAddress({ ip, hostname, nodeName }: Address, path: string): FieldError[] {
  const errors = isIp(ip).map(message => field.invalid(`${path}.ip`, ip, message))
  if (hostname) errors.push(...isDns1123Label(hostname).map(text => field.invalid(`${path}.hostname`, hostname, text)))
  if (nodeName !== undefined) {
    errors.push(...isDns1123Subdomain(nodeName).map(text => field.invalid(`${path}.nodeName`, nodeName, text)))
  }
  if (errors.length === 0) errors.push(...validateReachable(ip, `${path}.ip`))
  return errors
}

/** Addresses that mean this machine or nobody in particular are no endpoints. */
function validateReachable(ip: string, path: string): FieldError[] {
  const refuse = (text: string) => [field.invalid(path, ip, text)]
  if (ip === '0.0.0.0' || ip === '::') return refuse(`may not be unspecified (${ip})`)
  if (ip === '::1' || ip.startsWith('127.')) return refuse('may not be in the loopback range (127.0.0.0/8, ::1/128)')
  if (ip.startsWith('169.254.') || /^fe[89ab]/i.test(ip)) {
    return refuse('may not be in the link-local range (169.254.0.0/16, fe80::/10)')
  }
  if (ip.startsWith('224.0.0.') || /^ff02:/i.test(ip)) {
    return refuse('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')
  }
  return []
}

const protocols = ['SCTP', 'TCP', 'UDP']

function validateSubset(subset: Subset, path: string): FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset
  const errors: FieldError[] = []
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(field.required(path, 'must specify `addresses` or `notReadyAddresses`'))
  }
  addresses.forEach((address, i) => {
    errors.push(...validateAddress(address, `${path}.addresses[${i}]`))
  })
  notReadyAddresses.forEach((address, i) => {
    errors.push(...validateAddress(address, `${path}.notReadyAddresses[${i}]`))
  })
  ports.forEach(({ name, port, protocol = '' }, i) => {
    const at = `${path}.ports[${i}]`
    if (ports.length > 1 && !name) errors.push(field.required(`${at}.name`))
    else if (name) errors.push(...isDns1123Label(name).map(message => field.invalid(`${at}.name`, name, message)))
    errors.push(...isPortNumber(port).map(message => field.invalid(`${at}.port`, port, message)))
    if (protocol === '') errors.push(field.required(`${at}.protocol`))
    else if (!protocols.includes(protocol)) errors.push(field.notSupported(`${at}.protocol`, protocol, protocols))
  })
  return errors
}

const validateSubsets = ({ subsets = [] }: Endpoints) =>
  subsets.flatMap((subset, i) => validateSubset(subset, `subsets[${i}]`))

/** Ready addresses in the order of their numbers, as upstream keeps them. */
function sortAddresses({ subsets }: Endpoints): void {
  for (const { addresses, notReadyAddresses } of subsets ?? []) {
    for (const list of [addresses, notReadyAddresses]) {
      if (list?.every(({ ip }) => ipFamily(ip) === 4)) list.sort((a, b) => number(a.ip) - number(b.ip))
    }
  }
}

const number = (ip: string) => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

export const strategy: Strategy<Endpoints> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: sortAddresses,
  prepareForUpdate: sortAddresses,
  validate: object => [...validateObjectMeta(object.metadata, true, nameIsDnsSubdomain), ...validateSubsets(object)],
  validateUpdate: (object, old) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validateSubsets(object),
  ],
}
