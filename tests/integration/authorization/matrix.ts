/**
 * Who may do what, written down from upstream's documentation of the default roles ("Using RBAC Authorization", "Using Node Authorization"):
 * a letter for each verb. g get, l list, w watch, c create, u update, p patch, d delete, D deletecollection.
 */
export type Letter = 'g' | 'l' | 'w' | 'c' | 'u' | 'p' | 'd' | 'D'

/** What is asked for. The object is one that is not there, so that nothing is changed; `one` is its path where there is no collection. */
export interface Column {
  readonly path: string
  /** What can be asked of it at all. */
  readonly verbs: string
  readonly one?: true
}

const everything = 'glwcupdD'
const team = '/api/v1/namespaces/team'
const apps = '/apis/apps/v1/namespaces/team/deployments'
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const leases = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
const collection = (path: string, letters = everything): Column => ({ path, verbs: letters })
const one = (path: string, letters: string): Column => ({ path, verbs: letters, one: true })

/** A new row or column asks for its cells by type: none is forgotten. */
export const columns = {
  pods: collection(`${team}/pods`),
  'pods/log': one(`${team}/pods/absent/log`, 'g'),
  'pods/exec': one(`${team}/pods/absent/exec`, 'gc'),
  'pods/eviction': one(`${team}/pods/absent/eviction`, 'c'),
  'pods/status': one(`${team}/pods/absent/status`, 'gup'),
  'pods/binding': one(`${team}/pods/absent/binding`, 'c'),
  secrets: collection(`${team}/secrets`),
  configmaps: collection(`${team}/configmaps`),
  services: collection(`${team}/services`),
  endpoints: collection(`${team}/endpoints`),
  persistentvolumeclaims: collection(`${team}/persistentvolumeclaims`),
  serviceaccounts: collection(`${team}/serviceaccounts`),
  'serviceaccounts/token': one(`${team}/serviceaccounts/absent/token`, 'c'),
  events: collection(`${team}/events`),
  resourcequotas: collection(`${team}/resourcequotas`),
  limitranges: collection(`${team}/limitranges`),
  deployments: collection(apps),
  'deployments/scale': one(`${apps}/absent/scale`, 'gup'),
  endpointslices: collection('/apis/discovery.k8s.io/v1/namespaces/team/endpointslices'),
  leases: collection(leases('team')),
  roles: collection(`${rbac}/namespaces/team/roles`),
  rolebindings: collection(`${rbac}/namespaces/team/rolebindings`),
  localsubjectaccessreviews: one('/apis/authorization.k8s.io/v1/namespaces/team/localsubjectaccessreviews', 'c'),
  'the namespace team': one(team, 'g'),
  "another namespace's pods": collection('/api/v1/namespaces/other/pods'),
  "another namespace's secrets": collection('/api/v1/namespaces/other/secrets'),
  "the system's secrets": collection('/api/v1/namespaces/kube-system/secrets'),
  "the system's leases": collection(leases('kube-system')),
  'the configuration for other API servers': one(
    '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication',
    'g',
  ),
  'all pods': one('/api/v1/pods', 'lw'),
  'all secrets': one('/api/v1/secrets', 'lw'),
  nodes: collection('/api/v1/nodes'),
  'nodes/status': one('/api/v1/nodes/absent/status', 'gup'),
  'nodes/proxy': one('/api/v1/nodes/absent/proxy', 'gc'),
  namespaces: collection('/api/v1/namespaces', 'glwcupd'),
  persistentvolumes: collection('/api/v1/persistentvolumes'),
  clusterroles: collection(`${rbac}/clusterroles`),
  clusterrolebindings: collection(`${rbac}/clusterrolebindings`),
  csinodes: collection('/apis/storage.k8s.io/v1/csinodes'),
  storageclasses: collection('/apis/storage.k8s.io/v1/storageclasses'),
  csidrivers: collection('/apis/storage.k8s.io/v1/csidrivers'),
  runtimeclasses: collection('/apis/node.k8s.io/v1/runtimeclasses'),
  certificatesigningrequests: collection('/apis/certificates.k8s.io/v1/certificatesigningrequests'),
  subjectaccessreviews: one('/apis/authorization.k8s.io/v1/subjectaccessreviews', 'c'),
  selfsubjectaccessreviews: one('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'c'),
  selfsubjectrulesreviews: one('/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', 'c'),
  selfsubjectreviews: one('/apis/authentication.k8s.io/v1/selfsubjectreviews', 'c'),
  tokenreviews: one('/apis/authentication.k8s.io/v1/tokenreviews', 'c'),
  '/healthz': one('/healthz', 'g'),
  '/version': one('/version', 'g'),
  '/api': one('/api', 'g'),
  '/openapi/v3': one('/openapi/v3', 'g'),
  '/metrics': one('/metrics', 'g'),
  'the pod on node-1': one(`${team}/pods/on-1`, 'g'),
  'a secret of the pod on node-1': one(`${team}/secrets/used-on-1`, 'g'),
  'a config map of the pod on node-1': one(`${team}/configmaps/used-on-1`, 'g'),
  'the account of the pod on node-1': one(`${team}/serviceaccounts/used-on-1`, 'g'),
  'a token of the account of the pod on node-1': one(`${team}/serviceaccounts/used-on-1/token`, 'c'),
  'the pods of node-1': one('/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1', 'lw'),
  'the Node node-1': one('/api/v1/nodes/node-1', 'gup'),
  'the Node node-1, by a list': one('/api/v1/nodes?fieldSelector=metadata.name%3Dnode-1', 'lw'),
  'the lease of node-1': one(`${leases('kube-node-lease')}/node-1`, 'gupd'),
  'the CSINode node-1': one('/apis/storage.k8s.io/v1/csinodes/node-1', 'gupd'),
} as const satisfies Record<string, Column>

export type ColumnName = keyof typeof columns
/** What is not named is refused. */
export type Row = Partial<Record<ColumnName, string>>

/** What everybody may who has a name. */
export const authenticated: Row = {
  selfsubjectaccessreviews: 'c',
  selfsubjectrulesreviews: 'c',
  selfsubjectreviews: 'c',
  '/healthz': 'g',
  '/version': 'g',
  '/api': 'g',
  '/openapi/v3': 'g',
}

const view: Row = {
  ...authenticated,
  pods: 'glw',
  'pods/log': 'g',
  'pods/status': 'g',
  configmaps: 'glw',
  services: 'glw',
  endpoints: 'glw',
  persistentvolumeclaims: 'glw',
  serviceaccounts: 'glw',
  events: 'glw',
  resourcequotas: 'glw',
  limitranges: 'glw',
  deployments: 'glw',
  'deployments/scale': 'g',
  endpointslices: 'glw',
  'the namespace team': 'g',
  'the pod on node-1': 'g',
  'a config map of the pod on node-1': 'g',
  'the account of the pod on node-1': 'g',
}

const edit: Row = {
  ...view,
  pods: everything,
  'pods/exec': 'gc',
  'pods/eviction': 'c',
  secrets: everything,
  configmaps: everything,
  services: everything,
  persistentvolumeclaims: everything,
  serviceaccounts: everything,
  'serviceaccounts/token': 'c',
  events: everything,
  deployments: everything,
  'deployments/scale': 'gup',
  leases: everything,
  'a secret of the pod on node-1': 'g',
  'a token of the account of the pod on node-1': 'c',
}

const admin: Row = {
  ...edit,
  roles: everything,
  rolebindings: everything,
  localsubjectaccessreviews: 'c',
}

const all = Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column.verbs])) as Row
const readsAll = Object.fromEntries(
  Object.entries(columns).map(([name, column]) => [name, [...column.verbs].filter(v => 'lw'.includes(v)).join('')]),
) as Row

const scheduler: Row = {
  ...authenticated,
  pods: 'glwd',
  'pods/binding': 'c',
  'pods/status': 'up',
  services: 'glw',
  persistentvolumeclaims: 'glwup',
  events: 'cup',
  leases: 'c',
  "another namespace's pods": 'glwd',
  "the system's leases": 'glwcu',
  'the configuration for other API servers': 'g',
  'all pods': 'lw',
  nodes: 'glw',
  namespaces: 'glw',
  'the namespace team': 'g',
  persistentvolumes: 'glwup',
  csinodes: 'glw',
  storageclasses: 'glw',
  csidrivers: 'glw',
  subjectaccessreviews: 'c',
  tokenreviews: 'c',
  'the pod on node-1': 'g',
  'the pods of node-1': 'lw',
  'the Node node-1': 'g',
  'the Node node-1, by a list': 'lw',
  'the CSINode node-1': 'g',
}

const controllerManager: Row = {
  ...readsAll,
  ...authenticated,
  secrets: 'glwcud',
  configmaps: 'glw',
  serviceaccounts: 'glwcu',
  'serviceaccounts/token': 'c',
  events: 'lwcup',
  leases: 'lwc',
  'the namespace team': 'g',
  "another namespace's secrets": 'glwcud',
  "the system's secrets": 'glwcud',
  "the system's leases": 'glwcu',
  'the configuration for other API servers': 'g',
  namespaces: 'glw',
  subjectaccessreviews: 'c',
  tokenreviews: 'c',
  'a secret of the pod on node-1': 'g',
  'a config map of the pod on node-1': 'g',
  'the account of the pod on node-1': 'g',
  'a token of the account of the pod on node-1': 'c',
} as Row

const proxy: Row = {
  ...authenticated,
  services: 'lw',
  endpoints: 'lw',
  endpointslices: 'lw',
  events: 'cup',
  nodes: 'glw',
  'the Node node-1': 'g',
  'the Node node-1, by a list': 'lw',
}

/** What any node may, whatever runs there. */
const node: Row = {
  ...authenticated,
  // what a node writes is narrowed by the admission plugin NodeRestriction
  pods: 'cd',
  'pods/eviction': 'c',
  'pods/status': 'up',
  services: 'glw',
  endpoints: 'g',
  events: 'cup',
  "another namespace's pods": 'cd',
  nodes: 'cup',
  'nodes/status': 'up',
  localsubjectaccessreviews: 'c',
  subjectaccessreviews: 'c',
  tokenreviews: 'c',
  csinodes: 'c',
  csidrivers: 'glw',
  runtimeclasses: 'glw',
  certificatesigningrequests: 'glwc',
  'the Node node-1': 'up',
}

export const rows = {
  anonymous: { '/healthz': 'g', '/version': 'g' },
  'an expired certificate': {},
  'a token of a deleted account': {},
  'a token for another audience': {},
  'a viewer of team behind a front proxy': view,
  'headers of a front proxy by somebody else': authenticated,
  'somebody without a role': authenticated,
  'a viewer of team': view,
  'an editor of team': edit,
  'an administrator of team': admin,
  'a service account that views team': view,
  'a cluster administrator': all,
  'a member of system:masters': all,
  'system:kube-scheduler': scheduler,
  'system:kube-controller-manager': controllerManager,
  'system:kube-proxy': proxy,
  'node-1': {
    ...node,
    'the pod on node-1': 'g',
    'a secret of the pod on node-1': 'g',
    'a config map of the pod on node-1': 'g',
    'the account of the pod on node-1': 'g',
    'a token of the account of the pod on node-1': 'c',
    'the pods of node-1': 'lw',
    'the Node node-1': 'gup',
    'the Node node-1, by a list': 'lw',
    'the lease of node-1': 'gupd',
    'the CSINode node-1': 'gupd',
  },
  'node-2': node,
  'one who calls himself a node': authenticated,
} as const satisfies Record<string, Row>

export type RowName = keyof typeof rows
