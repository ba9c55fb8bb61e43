import { nameIsDns1035Label, validateObjectMeta, validateObjectMetaUpdate } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import type { Service } from '../../../../wire.ts'
import { keep } from '../../../define-kind.ts'
import { validateService, validateServiceUpdate } from './validation.ts'

/** A replacement that leaves the cluster's own choices out means the ones it has. */
function keepAllocated({ spec }: Service, { spec: old }: Service): void {
  if (spec === undefined || old === undefined) return
  const hasAddress = (type: string | undefined) => type !== 'ExternalName'
  if (hasAddress(spec.type) && hasAddress(old.type)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP
    if (!spec.clusterIPs?.length && old.clusterIPs) spec.clusterIPs = old.clusterIPs
    if (!spec.ipFamilies?.length && old.ipFamilies) spec.ipFamilies = old.ipFamilies
    spec.ipFamilyPolicy ??= old.ipFamilyPolicy ?? 'SingleStack'
  }
  const hasNodePorts = (type: string | undefined) => type === 'NodePort' || type === 'LoadBalancer'
  if (!hasNodePorts(spec.type) || !hasNodePorts(old.type)) return
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue
    const before = old.ports?.find(other => other.port === port.port && other.protocol === port.protocol)
    if (before?.nodePort) port.nodePort = before.nodePort
  }
}

export const strategy: Strategy<Service> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  prepareForCreate(service) {
    service.status = { loadBalancer: {} }
  },
  prepareForUpdate(service, old, { subresource }) {
    if (subresource === 'status') {
      keep(service, old, 'spec')
      return
    }
    keep(service, old, 'status')
    keepAllocated(service, old)
  },
  validate: service => [...validateObjectMeta(service.metadata, true, nameIsDns1035Label), ...validateService(service)],
  validateUpdate(service, old, { subresource }) {
    const errors = validateObjectMetaUpdate(service.metadata, old.metadata)
    if (subresource !== 'status') errors.push(...validateServiceUpdate(service, old), ...validateService(service))
    return errors
  },
}
