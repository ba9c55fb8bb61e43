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
    column('Class', 'The IngressClass that says who serves it.'),
    column('Hosts', 'Hosts that the rules are for; `*` stands for any.'),
    column('Address', 'Addresses and names at which the load balancer is reached.'),
    column('Ports', 'Ports on which the hosts are served: 443 too where TLS is set up.'),
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
