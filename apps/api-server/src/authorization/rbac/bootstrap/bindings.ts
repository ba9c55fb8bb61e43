/** To whom a role is bound: users and groups by name, service accounts as `namespace/name`. */
export interface BoundTo {
  readonly users?: readonly string[]
  readonly groups?: readonly string[]
  readonly serviceAccounts?: readonly string[]
}

const authenticated = 'system:authenticated'
const unauthenticated = 'system:unauthenticated'
const accounts = 'system:serviceaccounts'
const scheduler = 'system:kube-scheduler'
const controllerManager = 'system:kube-controller-manager'

/** By the cluster role, which is also the binding's name. */
export const clusterBindings: Readonly<Record<string, BoundTo>> = {
  'cluster-admin': { groups: ['system:masters'] },
  'system:basic-user': { groups: [authenticated] },
  'system:discovery': { groups: [authenticated] },
  'system:kube-controller-manager': { users: [controllerManager] },
  'system:kube-dns': { serviceAccounts: ['kube-system/kube-dns'] },
  'system:kube-scheduler': { users: [scheduler] },
  'system:monitoring': { groups: ['system:monitoring'] },
  // nobody: nodes have an authorizer of their own, and old clusters lose what was bound here
  'system:node': {},
  'system:node-proxier': { users: ['system:kube-proxy'] },
  'system:public-info-viewer': { groups: [authenticated, unauthenticated] },
  'system:service-account-issuer-discovery': { groups: [accounts] },
  'system:volume-scheduler': { users: [scheduler] },
}

export interface NamespaceBinding extends BoundTo {
  readonly namespace: string
  readonly role: string
  /** Default: the role's name. */
  readonly name?: string
}

export const namespaceBindings: readonly NamespaceBinding[] = [
  {
    namespace: 'kube-public',
    role: 'system:controller:bootstrap-signer',
    serviceAccounts: ['kube-system/bootstrap-signer'],
  },
  {
    namespace: 'kube-system',
    name: 'system::extension-apiserver-authentication-reader',
    role: 'extension-apiserver-authentication-reader',
    users: [controllerManager, scheduler],
  },
  {
    namespace: 'kube-system',
    role: 'system::leader-locking-kube-controller-manager',
    users: [controllerManager],
    serviceAccounts: ['kube-system/kube-controller-manager', 'kube-system/leader-election-controller'],
  },
  {
    namespace: 'kube-system',
    role: 'system::leader-locking-kube-scheduler',
    users: [scheduler],
    serviceAccounts: ['kube-system/kube-scheduler'],
  },
  {
    namespace: 'kube-system',
    role: 'system:controller:bootstrap-signer',
    serviceAccounts: ['kube-system/bootstrap-signer'],
  },
  {
    namespace: 'kube-system',
    role: 'system:controller:cloud-provider',
    serviceAccounts: ['kube-system/cloud-provider'],
  },
  {
    namespace: 'kube-system',
    role: 'system:controller:token-cleaner',
    serviceAccounts: ['kube-system/token-cleaner'],
  },
]
