import type { Pod } from '../../../../wire.ts'
import { connectAny, defineKind, own, readWrite } from '../../../define-kind.ts'
import { cells, columns, rowConditions } from './columns.ts'
import { applyDefaults } from './defaults.ts'
import { strategy } from './strategy.ts'

export const pod = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  resource: 'pods',
  deleteReturnsObject: true,
  shortNames: ['po'],
  categories: ['all'],
  subresources: {
    attach: own('PodAttachOptions', ['create', 'get']),
    binding: own('Binding', ['create']),
    ephemeralcontainers: own('Pod', readWrite),
    eviction: own('Eviction', ['create'], 'policy', 'v1'),
    exec: own('PodExecOptions', ['create', 'get']),
    log: own('Pod', ['get']),
    portforward: own('PodPortForwardOptions', ['create', 'get']),
    proxy: own('PodProxyOptions', connectAny),
    resize: own('Pod', readWrite),
    status: own('Pod', readWrite),
  },
  applyDefaults,
  strategy,
  moreFields: ({ spec, status }) => ({
    'spec.nodeName': spec?.nodeName ?? '',
    // The name that the oldest clients know.
    'spec.host': spec?.nodeName ?? '',
    'spec.restartPolicy': spec?.restartPolicy ?? '',
    'spec.schedulerName': spec?.schedulerName ?? '',
    'spec.serviceAccountName': spec?.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec?.hostNetwork ?? false),
    'status.phase': status?.phase ?? '',
    'status.podIP': status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    // Known to upstream, and never filled.
    'status.podIPs': '',
    'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  }),
  columns,
  cells,
  rowConditions,
})
