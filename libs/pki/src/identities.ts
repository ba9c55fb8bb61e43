import type { CertificateRequest } from './contract.ts'

/**
 * Who the parts of a cluster are: subjects, groups and names, as kubeadm's certificates have them. Everything that makes certificates
 * for a cluster takes them from here.
 */
export const identities = {
  apiServer: (names: ServingNames): CertificateRequest => ({
    commonName: 'kube-apiserver',
    usages: ['server'],
    ...sorted(names),
  }),
  /** Kubelets ask the api-server what it may. ClusterRole system:kubelet-api-admin would do; the group is kubeadm's. */
  apiServerKubeletClient: client('kube-apiserver-kubelet-client', 'kubeadm:cluster-admins'),
  apiServerEtcdClient: client('kube-apiserver-etcd-client'),
  frontProxyClient: client('front-proxy-client'),
  /** Servers of etcd are clients of each other. */
  etcdServer: (nodeName: string, names: ServingNames): CertificateRequest => ({
    commonName: nodeName,
    usages: ['server', 'client'],
    ...sorted(names),
  }),
  etcdHealthcheckClient: client('kube-etcd-healthcheck-client'),
  admin: client('kubernetes-admin', 'kubeadm:cluster-admins'),
  /** Above every authorizer: for the first steps, and for when RBAC has been broken. */
  superAdmin: client('kubernetes-super-admin', 'system:masters'),
  scheduler: client('system:kube-scheduler'),
  controllerManager: client('system:kube-controller-manager'),
  serviceProxy: client('system:kube-proxy'),
  kubeletClient: (node: string): CertificateRequest => client(`system:node:${node}`, 'system:nodes'),
  kubeletServer: (node: string, names: ServingNames): CertificateRequest => ({
    commonName: `system:node:${node}`,
    organizations: ['system:nodes'],
    usages: ['server'],
    ...sorted(names),
  }),
} as const

export interface ServingNames {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
}

/** What pods call the api-server. */
export const kubernetesServiceNames = (domain = 'cluster.local') => [
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  ...(domain === '' ? [] : [`kubernetes.default.svc.${domain}`]),
]

function client(commonName: string, ...organizations: string[]): CertificateRequest {
  return { commonName, organizations, usages: ['client'] }
}

const sorted = ({ dnsNames, ipAddresses }: ServingNames) => ({
  dnsNames: [...new Set(dnsNames)].sort(),
  ipAddresses: [...new Set(ipAddresses)],
})
