import { join } from 'node:path'
import {
  type CertificateDefinition,
  identities,
  kubeadmAuthorities,
  kubernetesServiceNames,
  type PkiPlan,
} from '@kubets/pki'
import { address, type NodePlan, parseCidr } from '../network/index.ts'
import type { ClusterLayout } from './service-specs.ts'

/** Nobody binds the group kubeadm:cluster-admins here. */
const administrators = ['system:masters']

/** Every certificate of a cluster that `kubets up` runs, and the files that have it. */
export function clusterCertificates({ directory, config, plan }: ClusterLayout): PkiPlan {
  const fake = config.runtime === 'fake'
  const local = `https://127.0.0.1:${config.port}`
  const inside = fake || config.nodes.length === 0 ? local : `https://${plan.hostAddress}:${config.port}`
  const files = (name: string) => directory.file('pki', name)
  const conf = (path: string, server = local) => ({ path, server, cluster: 'kubets' })
  const ofCa = (
    name: string,
    about: string,
    request: CertificateDefinition['request'],
    path?: string,
    server?: string,
  ) =>
    ({
      name,
      about,
      authority: 'ca',
      files: files(name),
      request,
      ...(path === undefined ? {} : { kubeconfig: conf(path, server) }),
    }) satisfies CertificateDefinition
  const onNode = (node: NodePlan): CertificateDefinition[] => [
    ofCa(
      `kubelet-${node.name}`,
      `certificate for serving the kubelet of ${node.name}`,
      identities.kubeletServer(node.name, {
        dnsNames: [node.name],
        ipAddresses: [fake ? '127.0.0.1' : node.address],
      }),
    ),
    ofCa(
      `kubelet-client-${node.name}`,
      `certificate for the kubelet of ${node.name} to connect to the API server`,
      identities.kubeletClient(node.name),
      join(node.directory, 'kubelet.conf'),
      inside,
    ),
  ]
  return {
    authorities: kubeadmAuthorities(directory.file('pki')).filter(({ name }) => name === 'ca'),
    serviceAccounts: files('sa'),
    certificates: [
      ofCa(
        'apiserver',
        'certificate for serving the Kubernetes API',
        identities.apiServer({
          dnsNames: ['localhost', ...kubernetesServiceNames()],
          ipAddresses: ['127.0.0.1', plan.hostAddress, address(parseCidr(config.ranges.services), 1)],
        }),
      ),
      ofCa('apiserver-kubelet-client', 'certificate for the API server to connect to kubelet', {
        ...identities.apiServerKubeletClient,
        organizations: administrators,
      }),
      ofCa(
        'admin',
        'certificate for the admin to use',
        { ...identities.admin, organizations: administrators },
        directory.file('kubeconfig'),
      ),
      ofCa('scheduler', 'certificate for the scheduler to use', identities.scheduler, directory.file('scheduler.conf')),
      ofCa(
        'controller-manager',
        'certificate for the controller manager to use',
        identities.controllerManager,
        directory.file('controller-manager.conf'),
      ),
      ofCa(
        'service-proxy',
        'certificate for the service proxy to use',
        identities.serviceProxy,
        directory.file('service-proxy.conf'),
        inside,
      ),
      ...plan.nodes.flatMap(onNode),
    ],
  }
}
