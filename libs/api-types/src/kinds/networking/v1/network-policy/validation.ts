import {
  append,
  cidrContains,
  type FieldError,
  field,
  isPortName,
  isPortNumber,
  parseCidr,
  validateLegacyCidr,
} from '@kubets/apimachinery'
import { type LabelSelectorRules, validateLabelSelector } from '../../../validation/label-selector.ts'
import type { NetworkPolicy } from '../../types.ts'

type Spec = NonNullable<NetworkPolicy['spec']>
type Port = NonNullable<NonNullable<Spec['ingress']>[number]['ports']>[number]
export type Peer = NonNullable<NonNullable<Spec['ingress']>[number]['from']>[number]
type IpBlock = NonNullable<Peer['ipBlock']>

export interface NetworkPolicyRules extends LabelSelectorRules {
  /** Blocks that the old policy had: they pass unread. */
  readonly keptCidrs?: readonly string[]
}

const protocols = ['TCP', 'UDP', 'SCTP']
const policyTypes = ['Ingress', 'Egress']

function validatePort({ protocol, port, endPort }: Port, path: string): FieldError[] {
  const errors: FieldError[] = []
  if (protocol !== undefined && !protocols.includes(protocol)) {
    errors.push(field.notSupported(`${path}.protocol`, protocol, protocols))
  }
  if (typeof port === 'number') {
    append(
      errors,
      isPortNumber(port).map(message => field.invalid(`${path}.port`, port, message)),
    )
    if (endPort === undefined) return errors
    if (endPort < port) errors.push(field.invalid(`${path}.endPort`, port, 'must be greater than or equal to `port`'))
    append(
      errors,
      isPortNumber(endPort).map(message => field.invalid(`${path}.endPort`, endPort, message)),
    )
  } else {
    if (endPort !== undefined) {
      const why = port === undefined ? 'when `port` is not specified' : 'when `port` is non-numeric'
      errors.push(field.invalid(`${path}.endPort`, endPort, `may not be specified ${why}`))
    }
    if (port !== undefined) {
      append(
        errors,
        isPortName(port).map(message => field.invalid(`${path}.port`, port, message)),
      )
    }
  }
  return errors
}

function validateIpBlock({ cidr = '', except = [] }: Partial<IpBlock>, path: string, kept: readonly string[] = []) {
  if (cidr === '') return [field.required(`${path}.cidr`)]
  const errors = validateLegacyCidr(`${path}.cidr`, cidr, kept)
  const block = parseCidr(cidr)
  if (block === undefined) return errors
  except.forEach((text, index) => {
    const at = `${path}.except[${index}]`
    append(errors, validateLegacyCidr(at, text, kept))
    const inner = parseCidr(text)
    if (inner === undefined) return
    if (!cidrContains(block, inner.network) || block.prefixLength >= inner.prefixLength) {
      errors.push(field.invalid(at, text, 'must be a strict subset of `cidr`'))
    }
  })
  return errors
}

function validatePeer(peer: Peer, path: string, rules: NetworkPolicyRules): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer
  const errors = validateLabelSelector(podSelector, `${path}.podSelector`, rules)
  append(errors, validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, rules))
  if (ipBlock !== undefined) append(errors, validateIpBlock(ipBlock, `${path}.ipBlock`, rules.keptCidrs))
  if (podSelector === undefined && namespaceSelector === undefined) {
    if (ipBlock === undefined) errors.push(field.required(path, 'must specify a peer'))
  } else if (ipBlock !== undefined) {
    errors.push(field.forbidden(path, 'may not specify both ipBlock and another peer'))
  }
  return errors
}

export function validateNetworkPolicySpec(spec: Partial<Spec>, rules: NetworkPolicyRules): FieldError[] {
  const errors = validateLabelSelector(spec.podSelector, 'spec.podSelector', rules)
  const direction = (name: string, index: number, ports: readonly Port[] = [], side: string, peers: Peer[] = []) => {
    const at = `spec.${name}[${index}]`
    ports.forEach((port, i) => {
      append(errors, validatePort(port, `${at}.ports[${i}]`))
    })
    peers.forEach((peer, i) => {
      append(errors, validatePeer(peer, `${at}.${side}[${i}]`, rules))
    })
  }
  spec.ingress?.forEach((rule, i) => {
    direction('ingress', i, rule.ports, 'from', rule.from)
  })
  spec.egress?.forEach((rule, i) => {
    direction('egress', i, rule.ports, 'to', rule.to)
  })
  const types = spec.policyTypes ?? []
  if (types.length > policyTypes.length) {
    return [...errors, field.invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
  }
  types.forEach((type, i) => {
    if (!policyTypes.includes(type)) errors.push(field.notSupported(`spec.policyTypes[${i}]`, type, policyTypes))
  })
  return errors
}
