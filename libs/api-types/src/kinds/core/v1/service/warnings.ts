import { append, cidrWarnings, ipWarnings } from '@kubets/apimachinery'
import type { Service } from '../../../../wire.ts'
import { topologyHints, topologyMode } from './validation/service.ts'

/** What is accepted and yet not as it should be. */
export function serviceWarnings({ metadata, spec = {} }: Service): string[] {
  const warnings: string[] = []
  const { type, clusterIP = '', externalIPs = [], loadBalancerIP = '' } = spec
  const headless = type === 'ClusterIP' && clusterIP === 'None'
  if (metadata?.annotations?.[topologyHints] !== undefined) {
    warnings.push(`annotation ${topologyHints} is deprecated, please use ${topologyMode} instead`)
  }
  if (clusterIP !== '' && clusterIP !== 'None') {
    spec.clusterIPs?.forEach((ip, i) => {
      append(warnings, ipWarnings(`spec.clusterIPs[${i}]`, ip))
    })
  }
  if (headless) {
    if (loadBalancerIP !== '') warnings.push('spec.loadBalancerIP is ignored for headless services')
    if (externalIPs.length > 0) warnings.push('spec.externalIPs is ignored for headless services')
    if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services')
  }
  externalIPs.forEach((ip, i) => {
    append(warnings, ipWarnings(`spec.externalIPs[${i}]`, ip))
  })
  if (externalIPs.length > 0 && !headless && type !== 'ExternalName') {
    warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters')
  }
  if (loadBalancerIP !== '') append(warnings, ipWarnings('spec.loadBalancerIP', loadBalancerIP))
  spec.loadBalancerSourceRanges?.forEach((cidr, i) => {
    append(warnings, cidrWarnings(`spec.loadBalancerSourceRanges[${i}]`, cidr))
  })
  if (type === 'ExternalName') {
    if (externalIPs.length > 0) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  } else if (spec.externalName) warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  if (spec.trafficDistribution === 'PreferClose') {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
  }
  return warnings
}

/** The same for a writer of the status. */
export const statusWarnings = ({ status }: Service): string[] =>
  (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, i) =>
    ip ? ipWarnings(`status.loadBalancer.ingress[${i}]`, ip) : [],
  )
