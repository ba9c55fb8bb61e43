import {
  append,
  cidrFamilyOf,
  type FieldError,
  field,
  immutable,
  nameIsDnsSubdomain,
  validateCidr,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { keep } from '../../../define-kind.ts'
import { keepMetaForStatus } from '../../../status-meta.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { ServiceCIDR } from '../../types.ts'

const path = 'spec.cidrs'

function validateCidrs(cidrs: readonly string[]): FieldError[] {
  if (cidrs.length === 0) return [field.required(path, 'at least one CIDR required')]
  if (cidrs.length > 2) return [field.invalid(path, { CIDRs: cidrs }, 'may only hold up to 2 values')]
  const errors = cidrs.flatMap((cidr, i) => validateCidr(`${path}[${i}]`, cidr))
  const [first, second] = cidrs.map(cidrFamilyOf)
  if (cidrs.length === 2 && first !== undefined && first === second) {
    const text = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'
    errors.push(field.invalid(path, cidrs, text))
  }
  return errors
}

/** Blocks stay; a second one may be added, to make the cluster dual-stack. */
function validateCidrsUpdate(given: readonly string[] | undefined, old: readonly string[]): FieldError[] {
  const cidrs = given ?? []
  if (cidrs.length === old.length) {
    return cidrs.flatMap((cidr, i) => (cidr === old[i] ? [] : [field.invalid(`${path}[${i}]`, cidr, immutable)]))
  }
  if (old.length !== 1 || cidrs.length !== 2) {
    return [field.invalid(path, given ?? null, immutable)]
  }
  const first = cidrs[0] === old[0] ? [] : [field.invalid(`${path}[0]`, cidrs[0], immutable)]
  return [...first, ...validateCidrs(cidrs)]
}

export const strategy: Strategy<ServiceCIDR> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(object) {
    object.status = {}
  },
  prepareForUpdate(object, old, { subresource }) {
    if (subresource !== 'status') return keep(object, old, 'status')
    keep(object, old, 'spec')
    keepMetaForStatus(object, old)
  },
  validate: ({ metadata, spec }) => [
    ...validateBuiltinMeta(metadata, false, nameIsDnsSubdomain),
    ...validateCidrs(spec?.cidrs ?? []),
  ],
  validateUpdate({ metadata, spec }, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(metadata, old.metadata)
    if (subresource !== 'status') append(errors, validateCidrsUpdate(spec?.cidrs, old.spec?.cidrs ?? []))
    return errors
  },
  resetFields: subresource => (subresource === 'status' ? ['metadata', 'spec'] : ['status']),
}
