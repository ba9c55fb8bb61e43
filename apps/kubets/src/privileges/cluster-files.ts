import type { ClusterLayout } from '../cluster/service-specs.ts'
import type { ServiceName } from './service-users.ts'

/** What of a cluster's folder is whose. All else stays root's: certificates may be read by all, `kubeconfig` and the nodes' files by nobody else. */
export interface ClusterFiles {
  /** Folders that services go through, and watch. */
  readonly folders: readonly string[]
  /** Keys and kubeconfig files, which only the one reads. */
  readonly files: readonly { readonly path: string; readonly of: ServiceName }[]
  /** Folders that a service writes, with all that is in them. */
  readonly stores: readonly { readonly path: string; readonly of: ServiceName }[]
}

export function clusterFiles({ directory, config }: Pick<ClusterLayout, 'directory' | 'config'>): ClusterFiles {
  const ownEtcd = config.storage === 'etcd' && config.etcdServers.length === 0
  const files = (of: ServiceName, ...names: string[]) => names.map(name => ({ path: directory.file(name), of }))
  return {
    folders: [directory.path, directory.file('pki'), ...(ownEtcd ? [directory.file('pki', 'etcd')] : [])],
    files: [
      ...files('api-server', 'pki/apiserver.key', 'pki/apiserver-kubelet-client.key', 'pki/sa.key'),
      ...files('scheduler', 'scheduler.conf'),
      ...files('controller-manager', 'controller-manager.conf', 'pki/ca.key'),
      ...(ownEtcd
        ? [
            ...files('api-server', 'pki/apiserver-etcd-client.key'),
            ...files('etcd', 'pki/etcd/server.key', 'pki/etcd/peer.key'),
          ]
        : []),
    ],
    stores: [
      ...(config.storage === 'embedded' ? files('api-server', 'store') : []),
      ...(ownEtcd ? files('etcd', 'etcd') : []),
    ],
  }
}
