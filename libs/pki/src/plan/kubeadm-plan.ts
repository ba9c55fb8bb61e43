import { isIP } from 'node:net'
import { join } from 'node:path'
import { identities, kubernetesServiceNames } from '../identities.ts'
import type { AuthorityDefinition, CertificateDefinition, PkiPlan } from './contract.ts'

export interface KubeadmPlanOptions {
  /** `/etc/kubernetes/pki` */
  readonly certificates: string
  /** `/etc/kubernetes` */
  readonly kubeconfigs: string
  readonly nodeName: string
  readonly advertiseAddress: string
  readonly port: number
  /** First address of the Services' range. */
  readonly serviceAddress: string
  readonly dnsDomain: string
  /** `host` or `host:port` in front of all api-servers; people's kubeconfig files name it. */
  readonly controlPlaneEndpoint?: string
  /** More names and addresses, mixed. */
  readonly apiServerNames: readonly string[]
  readonly etcdNames: readonly string[]
  readonly clusterName: string
}

/** The files of a control plane node as kubeadm lays them out, with its subjects and names; and one more: the service-proxy's kubeconfig. */
export function kubeadmPlan(options: KubeadmPlanOptions): PkiPlan {
  const pki = (name: string) => join(options.certificates, name)
  const own = `https://${bracketed(options.advertiseAddress)}:${options.port}`
  const outer = endpointUrl(options) ?? own
  const kubeconfig = (
    name: string,
    server: string,
    request: CertificateDefinition['request'],
    about: string,
  ): CertificateDefinition => ({
    name,
    about: `certificate embedded in the kubeconfig file for ${about} to use`,
    authority: 'ca',
    request,
    kubeconfig: { path: join(options.kubeconfigs, name), server, cluster: options.clusterName },
  })
  const certificates: CertificateDefinition[] = [
    {
      name: 'apiserver',
      about: 'certificate for serving the Kubernetes API',
      authority: 'ca',
      files: pki('apiserver'),
      request: identities.apiServer(apiServerNames(options)),
    },
    {
      name: 'apiserver-kubelet-client',
      about: 'certificate for the API server to connect to kubelet',
      authority: 'ca',
      files: pki('apiserver-kubelet-client'),
      request: identities.apiServerKubeletClient,
    },
    {
      name: 'front-proxy-client',
      about: 'certificate for the front proxy client',
      authority: 'front-proxy-ca',
      files: pki('front-proxy-client'),
      request: identities.frontProxyClient,
    },
    {
      name: 'etcd-server',
      about: 'certificate for serving etcd',
      authority: 'etcd-ca',
      files: pki('etcd/server'),
      request: identities.etcdServer(options.nodeName, etcdNames(options)),
    },
    {
      name: 'etcd-peer',
      about: 'certificate for etcd nodes to communicate with each other',
      authority: 'etcd-ca',
      files: pki('etcd/peer'),
      request: identities.etcdServer(options.nodeName, etcdNames(options)),
    },
    {
      name: 'etcd-healthcheck-client',
      about: 'certificate for liveness probes to healthcheck etcd',
      authority: 'etcd-ca',
      files: pki('etcd/healthcheck-client'),
      request: identities.etcdHealthcheckClient,
    },
    {
      name: 'apiserver-etcd-client',
      about: 'certificate the apiserver uses to access etcd',
      authority: 'etcd-ca',
      files: pki('apiserver-etcd-client'),
      request: identities.apiServerEtcdClient,
    },
    kubeconfig('admin.conf', outer, identities.admin, 'the admin'),
    kubeconfig('super-admin.conf', outer, identities.superAdmin, 'the super-admin'),
    kubeconfig('kubelet.conf', outer, identities.kubeletClient(options.nodeName), 'the kubelet of this node'),
    kubeconfig('controller-manager.conf', own, identities.controllerManager, 'the controller manager'),
    kubeconfig('scheduler.conf', own, identities.scheduler, 'the scheduler'),
    kubeconfig('kube-proxy.conf', outer, identities.serviceProxy, 'the service proxy'),
  ]
  return { authorities: kubeadmAuthorities(options.certificates), certificates, serviceAccounts: pki('sa') }
}

export const kubeadmAuthorities = (directory: string): AuthorityDefinition[] => [
  {
    name: 'ca',
    about: 'self-signed Kubernetes CA to provision identities for other Kubernetes components',
    commonName: 'kubernetes',
    files: join(directory, 'ca'),
  },
  {
    name: 'front-proxy-ca',
    about: 'self-signed CA to provision identities for front proxy',
    commonName: 'front-proxy-ca',
    files: join(directory, 'front-proxy-ca'),
  },
  {
    name: 'etcd-ca',
    about: 'self-signed CA to provision identities for etcd',
    commonName: 'etcd-ca',
    files: join(directory, 'etcd/ca'),
  },
]

function apiServerNames(options: KubeadmPlanOptions) {
  const endpoint = options.controlPlaneEndpoint === undefined ? [] : [splitEndpoint(options.controlPlaneEndpoint).host]
  const more = [...endpoint, ...options.apiServerNames]
  return {
    dnsNames: [
      options.nodeName,
      ...kubernetesServiceNames(options.dnsDomain),
      ...more.filter(name => isIP(name) === 0),
    ],
    ipAddresses: [options.serviceAddress, options.advertiseAddress, ...more.filter(name => isIP(name) !== 0)],
  }
}

function etcdNames(options: KubeadmPlanOptions) {
  return {
    dnsNames: [options.nodeName, 'localhost', ...options.etcdNames.filter(name => isIP(name) === 0)],
    ipAddresses: [options.advertiseAddress, '127.0.0.1', '::1', ...options.etcdNames.filter(name => isIP(name) !== 0)],
  }
}

function endpointUrl(options: KubeadmPlanOptions): string | undefined {
  if (options.controlPlaneEndpoint === undefined) return undefined
  const { host, port } = splitEndpoint(options.controlPlaneEndpoint)
  return `https://${bracketed(host)}:${port ?? options.port}`
}

/** @throws Error when it is neither `host` nor `host:port`. */
export function splitEndpoint(endpoint: string): { host: string; port?: number } {
  if (isIP(endpoint) !== 0) return { host: endpoint }
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9.-]+))(?::(\d{1,5}))?$/.exec(endpoint)
  const host = found?.[1] ?? found?.[2]
  if (host === undefined) throw new Error(`error parsing cluster controlPlaneEndpoint ${JSON.stringify(endpoint)}`)
  return found?.[3] === undefined ? { host } : { host, port: Number(found[3]) }
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)
