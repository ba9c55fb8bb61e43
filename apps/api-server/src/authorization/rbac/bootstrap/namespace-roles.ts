import { type BootstrapRules, events, read } from './compact-rule.ts'

/** Roles in the namespaces of the system. */
export const namespaceRoleRules: Readonly<Record<string, Readonly<Record<string, BootstrapRules>>>> = {
  'kube-public': {
    'system:controller:bootstrap-signer': [
      [read, '', 'configmaps'],
      ['update', '', 'configmaps', 'cluster-info'],
      events,
    ],
  },
  'kube-system': {
    'extension-apiserver-authentication-reader': [[read, '', 'configmaps', 'extension-apiserver-authentication']],
    'system::leader-locking-kube-controller-manager': [
      ['create get list update watch', 'coordination.k8s.io', 'leases'],
      ['create get list update watch', 'coordination.k8s.io', 'leasecandidates'],
    ],
    'system::leader-locking-kube-scheduler': [
      ['create get list update watch', 'coordination.k8s.io', 'leases'],
      ['create get list update watch', 'coordination.k8s.io', 'leasecandidates'],
    ],
    'system:controller:bootstrap-signer': [[read, '', 'secrets']],
    'system:controller:cloud-provider': [['create get list watch', '', 'configmaps']],
    'system:controller:token-cleaner': [['delete get list watch', '', 'secrets'], events],
  },
}
