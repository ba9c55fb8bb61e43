import type { FlowSchema, PriorityLevelConfiguration } from '../types.ts'

/*
 * The objects that every cluster has from the start: without the mandatory ones no request would have a place to go, the suggested
 * ones share the api-server out between nodes, controllers and everybody else. Figures are upstream's.
 */

export interface FlowControlObjects {
  readonly priorityLevels: readonly PriorityLevelConfiguration[]
  readonly flowSchemas: readonly FlowSchema[]
}

type LevelSpec = NonNullable<PriorityLevelConfiguration['spec']>
type SchemaSpec = NonNullable<FlowSchema['spec']>
type Rule = NonNullable<SchemaSpec['rules']>[number]
type Subject = Rule['subjects'][number]

/** `true`: the api-server keeps the spec as it is here; `false`: it is the administrator's. */
export const autoUpdateAnnotation = 'apf.kubernetes.io/autoupdate-spec'

const metadata = (name: string) => ({ name, annotations: { [autoUpdateAnnotation]: 'true' } })

const level = (name: string, spec: LevelSpec): PriorityLevelConfiguration => ({
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'PriorityLevelConfiguration',
  metadata: metadata(name),
  spec,
})

const queued = (name: string, shares: number, lendable: number, queues: number, handSize: number) =>
  level(name, {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent: lendable,
      limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
    },
  })

type Distinguisher = 'ByUser' | 'ByNamespace' | 'none'

const schema = (
  name: string,
  priorityLevel: string,
  matchingPrecedence: number,
  distinguisher: Distinguisher,
  rule: Rule,
): FlowSchema => ({
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'FlowSchema',
  metadata: metadata(name),
  spec: {
    priorityLevelConfiguration: { name: priorityLevel },
    matchingPrecedence,
    ...(distinguisher === 'none' ? {} : { distinguisherMethod: { type: distinguisher } }),
    rules: [rule],
  },
})

const groups = (...names: string[]): Subject[] => names.map(name => ({ kind: 'Group', group: { name } }))
const users = (...names: string[]): Subject[] => names.map(name => ({ kind: 'User', user: { name } }))
const systemServiceAccounts: Subject = {
  kind: 'ServiceAccount',
  serviceAccount: { name: '*', namespace: 'kube-system' },
}
const everybody = groups('system:unauthenticated', 'system:authenticated')
const nodes = groups('system:nodes')

const all = ['*']
/** Everything that can be asked for, by these. */
const everything = (subjects: Subject[]): Rule => ({
  subjects,
  resourceRules: [{ verbs: all, apiGroups: all, resources: all, namespaces: all, clusterScope: true }],
  nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
})
const leases = (verbs: string[]) => ({
  verbs,
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  namespaces: all,
})

export const mandatoryFlowControl: FlowControlObjects = {
  priorityLevels: [
    level('catch-all', {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    }),
    level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  ],
  flowSchemas: [
    schema('exempt', 'exempt', 1, 'none', everything(groups('system:masters'))),
    schema('catch-all', 'catch-all', 10_000, 'ByUser', everything(everybody)),
  ],
}

export const suggestedFlowControl: FlowControlObjects = {
  priorityLevels: [
    queued('system', 30, 33, 64, 6),
    queued('node-high', 40, 25, 64, 6),
    queued('leader-election', 10, 0, 16, 4),
    queued('workload-high', 40, 50, 128, 6),
    queued('workload-low', 100, 90, 128, 6),
    queued('global-default', 20, 50, 128, 6),
  ],
  flowSchemas: [
    schema('system-nodes', 'system', 500, 'ByUser', everything(nodes)),
    schema('system-node-high', 'node-high', 400, 'ByUser', {
      subjects: nodes,
      resourceRules: [
        {
          verbs: all,
          apiGroups: [''],
          resources: ['nodes', 'nodes/status'],
          namespaces: all,
          clusterScope: true,
        },
        leases(all),
      ],
    }),
    schema('probes', 'exempt', 2, 'none', {
      subjects: everybody,
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
    }),
    schema('system-leader-election', 'leader-election', 100, 'ByUser', {
      subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), systemServiceAccounts],
      resourceRules: [leases(['get', 'create', 'update'])],
    }),
    schema(
      'kube-controller-manager',
      'workload-high',
      800,
      'ByNamespace',
      everything(users('system:kube-controller-manager')),
    ),
    schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everything(users('system:kube-scheduler'))),
    schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', everything([systemServiceAccounts])),
    schema('service-accounts', 'workload-low', 9000, 'ByUser', everything(groups('system:serviceaccounts'))),
    schema('global-default', 'global-default', 9900, 'ByUser', everything(everybody)),
  ],
}
