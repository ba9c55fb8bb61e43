import { age, ageColumn, column, defineKind, nameColumn } from '../../../define-kind.ts'
import type { EndpointSlice } from '../../types.ts'
import { strategy } from './strategy.ts'

export const endpointSlice = defineKind<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  resource: 'endpointslices',
  applyDefaults({ ports }) {
    for (const port of ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  strategy,
  columns: [
    nameColumn,
    column('AddressType', 'What kind of addresses the slice has.'),
    column('Ports', 'Ports of each endpoint, the first three of them.'),
    column('Endpoints', 'Addresses of the endpoints, the first three of them.'),
    ageColumn,
  ],
  cells: (object, now) => [
    object.metadata?.name ?? '',
    object.addressType ?? '',
    shorten((object.ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port)))),
    shorten((object.endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])),
    age(object, now),
  ],
})

function shorten(list: readonly string[]): string {
  const text = list.slice(0, 3).join(',')
  return list.length > 3 ? `${text} + ${list.length - 3} more...` : text || '<unset>'
}
