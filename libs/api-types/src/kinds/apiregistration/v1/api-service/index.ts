import { age, ageColumn, column, defineKind, nameColumn, own, readWrite } from '../../../define-kind.ts'
import type { APIService } from '../../types.ts'
import { strategy } from './strategy.ts'

/** One group version, and who serves it: the api-server itself, or another server behind a Service. */
export const apiService = defineKind<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  resource: 'apiservices',
  categories: ['api-extensions'],
  namespaced: false,
  storagePrefix: '/registry/apiregistration.k8s.io/apiservices/',
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  subresources: { status: own('APIService', readWrite, 'apiregistration.k8s.io') },
  applyDefaults({ spec }) {
    if (spec?.service) spec.service.port ??= 443
  },
  strategy,
  columns: [
    nameColumn,
    column('Service', 'The Service behind which the group version is served; `Local` is this server.'),
    column('Available', 'Whether the group version can be used, and why not.'),
    ageColumn,
  ],
  cells: (object, now) => [object.metadata?.name ?? '', serviceOf(object), availability(object), age(object, now)],
})

const serviceOf = ({ spec }: APIService) =>
  spec?.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local'

function availability({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available')
  if (condition === undefined) return 'Unknown'
  return condition.status === 'True' || !condition.reason
    ? condition.status
    : `${condition.status} (${condition.reason})`
}
