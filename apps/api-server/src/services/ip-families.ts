import { needsClusterIp, type Service, sameList, validateClusterIps } from '@kubets/api-types'
import { append, type FieldError, field, invalid, ipFamilyOf } from '@kubets/apimachinery'
import type { IpFamily } from './ip-range.ts'

/** The families of this cluster, the default one first. */
export type ClusterFamilies = readonly [IpFamily] | readonly [IpFamily, IpFamily]

export const otherFamily = (family: IpFamily): IpFamily => (family === 'IPv4' ? 'IPv6' : 'IPv4')

const policyAt = 'spec.ipFamilyPolicy'

/**
 * A dual-stack preference is neither upgraded nor downgraded because the cluster has changed: only when somebody changes the policy, the
 * families or the addresses.
 */
export function isUnchangedPreference({ spec }: Service, old: Service | undefined): boolean {
  return (
    old !== undefined &&
    spec?.ipFamilyPolicy === 'PreferDualStack' &&
    (old.spec?.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    old.spec?.type === spec.type &&
    ['ClusterIP', 'NodePort', 'LoadBalancer'].includes(spec.type ?? '') &&
    sameList(old.spec?.clusterIPs, spec.clusterIPs) &&
    sameList(old.spec?.ipFamilies, spec.ipFamilies)
  )
}

/** Fills in `ipFamilyPolicy` and `ipFamilies` as far as the writer left them out. Throws 422 for what this cluster cannot give. */
export function fillIpFamilies(service: Service, old: Service | undefined, cluster: ClusterFamilies): void {
  const { spec } = service
  if (spec === undefined || !needsClusterIp(service) || isUnchangedPreference(service, old)) return
  const name = service.metadata?.name ?? ''
  const refuse = (causes: readonly FieldError[]) => {
    if (causes.length > 0) throw invalid('Service', name, causes)
  }
  // headless and without a selector: its endpoints may be of both families, nobody knows
  const anything = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0
  spec.ipFamilyPolicy ??= old?.spec?.ipFamilyPolicy ?? (anything ? 'RequireDualStack' : 'SingleStack')
  refuse(validateClusterIps(service, old))

  const causes: FieldError[] = old === undefined ? [] : reduce(service, old)
  const single = spec.ipFamilyPolicy === 'SingleStack'
  if (single) {
    const text = (what: string) => `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`
    if (spec.clusterIPs?.length === 2) causes.push(field.invalid(policyAt, spec.ipFamilyPolicy, text('cluster IPs')))
    if (spec.ipFamilies?.length === 2) causes.push(field.invalid(policyAt, spec.ipFamilyPolicy, text('IP families')))
  }
  append(causes, inferFromAddresses(service, cluster))
  refuse(causes)

  if (anything) {
    const families = spec.ipFamilies?.length ? spec.ipFamilies : [cluster[0]]
    const [first] = families
    spec.ipFamilies = families.length < 2 && !single ? [...families, otherFamily(first as IpFamily)] : families
    return
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack' && cluster.length < 2) {
    causes.push(field.invalid(policyAt, spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'))
  }
  spec.ipFamilies?.forEach((family, i) => {
    if (!cluster.includes(family as never)) {
      causes.push(field.invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'))
    }
  })
  refuse(causes)
  const families = spec.ipFamilies?.length ? spec.ipFamilies : [cluster[0]]
  spec.ipFamilies =
    !single && families.length === 1 && cluster.length === 2
      ? [...families, otherFamily(families[0] as IpFamily)]
      : families
}

/** `SingleStack` gives the second address and family back; any other policy must not lose them. */
function reduce({ spec = {} }: Service, { spec: old = {} }: Service): FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (sameList(old.clusterIPs, spec.clusterIPs) && spec.clusterIPs) spec.clusterIPs = spec.clusterIPs.slice(0, 1)
    if (sameList(old.ipFamilies, spec.ipFamilies) && spec.ipFamilies) spec.ipFamilies = spec.ipFamilies.slice(0, 1)
    return []
  }
  const fewer = (now: readonly string[] = [], before: readonly string[] = []) =>
    now.length > 0 && now.length < before.length
  const refusal = (what: string) =>
    field.invalid(policyAt, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`)
  return [
    ...(fewer(spec.clusterIPs, old.clusterIPs) ? [refusal('cluster IP')] : []),
    ...(fewer(spec.ipFamilies, old.ipFamilies) ? [refusal('IP family')] : []),
  ]
}

function inferFromAddresses({ spec = {} }: Service, cluster: ClusterFamilies): FieldError[] {
  const causes: FieldError[] = []
  const families = [...(spec.ipFamilies ?? [])]
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip === 'None') break
    if (i < families.length) continue
    const family = ipFamilyOf(ip)
    if (family !== undefined && cluster.includes(family as never)) families.push(family)
    else {
      const text = `${family ?? 'unknown'} is not configured on this cluster`
      causes.push(field.invalid(`spec.clusterIPs[${i}]`, spec.clusterIPs, text))
    }
  }
  if (families.length > 0) spec.ipFamilies = families
  return causes
}
