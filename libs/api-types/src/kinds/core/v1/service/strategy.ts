import { nameIsDnsLabel } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Service } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { dropFieldsOfOldType } from './type-change.ts'
import { validateLoadBalancerStatus } from './validation/load-balancer.ts'
import { validateService, validateServiceUpdate } from './validation/service.ts'
import { serviceWarnings, statusWarnings } from './warnings.ts'

/** Addresses and node ports are given out by the api-server before these rules are asked. */
export const strategy: Strategy<Service> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate(service) {
    service.status = { loadBalancer: {} }
  },
  prepareForUpdate(service, old, { subresource }) {
    if (subresource === 'status') return keep(service, old, 'spec')
    keep(service, old, 'status')
    dropFieldsOfOldType(service, old)
  },
  validate: service => [...validateBuiltinMeta(service.metadata, true, nameIsDnsLabel), ...validateService(service)],
  validateUpdate(service, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(service.metadata, old.metadata)
    if (subresource !== 'status') return [...errors, ...validateServiceUpdate(service, old)]
    const { loadBalancer = {} } = service.status ?? {}
    return [...errors, ...validateLoadBalancerStatus(loadBalancer, old.status?.loadBalancer ?? {}, service)]
  },
  // a writer of the status has the old object's spec in hand
  warnings: (service, old) =>
    old !== undefined && service.spec === old.spec ? statusWarnings(service) : serviceWarnings(service),
}
