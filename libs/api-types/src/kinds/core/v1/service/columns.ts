import type { Service } from '../../../../wire.ts'
import { age, ageColumn, column, nameColumn } from '../../../define-kind.ts'

export const columns = [
  nameColumn,
  column('Type', 'How the service is made reachable.'),
  column('Cluster-IP', 'Address within the cluster.'),
  column('External-IP', 'Addresses outside the cluster.'),
  column('Port(s)', 'Ports, with their node ports.'),
  ageColumn,
  column('Selector', 'Labels of the pods behind it.', { priority: 1 }),
]

function externalAddress({ spec, status }: Service): string {
  const given = spec?.externalIPs ?? []
  if (spec?.type === 'ExternalName') return spec.externalName ?? ''
  if (spec?.type !== 'ClusterIP' && spec?.type !== 'NodePort' && spec?.type !== 'LoadBalancer') return '<unknown>'
  if (spec?.type !== 'LoadBalancer') return given.length > 0 ? given.join(',') : '<none>'
  const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').filter(Boolean)
  const all = [...new Set(ingress)].sort()
  return all.length + given.length > 0 ? [...all, ...given].join(',') : '<pending>'
}

function ports({ spec }: Service): string {
  const all = (spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  )
  return all.length > 0 ? all.join(',') : '<none>'
}

function selector({ spec }: Service): string {
  const labels = Object.entries(spec?.selector ?? {}).map(([key, value]) => `${key}=${value}`)
  return labels.length > 0 ? labels.sort().join(',') : '<none>'
}

export const cells = (object: Service, now: number) => [
  object.metadata?.name ?? '',
  object.spec?.type ?? '',
  object.spec?.clusterIPs?.[0] ?? '<none>',
  externalAddress(object),
  ports(object),
  age(object, now),
  selector(object),
]
