import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { Ingress } from '../../types.ts'
import { strategy } from './strategy.ts'

export const ingress = defineKind<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  resource: 'ingresses',
  shortNames: ['ing'],
  // older than its group: upstream stores it under this name
  storagePrefix: '/registry/ingress/',
  subresources: { status: own('Ingress', readWrite, 'networking.k8s.io') },
  strategy,
  columns: [
    nameColumn,
    column('Class', 'The name of the IngressClass resource that should be used for additional configuration'),
    column('Hosts', 'Hosts that incoming requests are matched against before the ingress rule'),
    column('Address', 'Address is a list containing ingress points for the load-balancer'),
    column('Ports', 'Ports of TLS configurations that open'),
    ageColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.spec?.ingressClassName ?? '<none>',
    hosts(object),
    addresses(object),
    (object.spec?.tls ?? []).length > 0 ? '80, 443' : '80',
    age(object, now),
  ],
})

/** The first three hosts; what follows the third rule with a host is counted by rules. */
function hosts({ spec }: Ingress): string {
  const rules = spec?.rules ?? []
  const list: string[] = []
  let more = false
  for (const { host } of rules) {
    if (list.length === 3) more = true
    if (!more && host) list.push(host)
  }
  if (list.length === 0) return '*'
  return more ? `${list.join(',')} + ${rules.length - 3} more...` : list.join(',')
}

function addresses({ status }: Ingress): string {
  const all = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '')
  return [...new Set(all.filter(Boolean))].sort().join(',')
}
