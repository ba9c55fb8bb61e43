import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compileCacheFolder } from '../cache-folder.ts'
import type { ClusterConfig, ClusterDirectory } from '../cluster-directory/index.ts'
import { address, enterNode, type NetworkPlan, type NodePlan, parseCidr } from '../network/index.ts'
import type { ServiceSpec } from '../services/service-spec.ts'
import { apiServerNodeFlags } from './api-server-node-flags.ts'
import { toolOnPath } from './required-tools.ts'

/** A service's program: beside this app in the sources, beside this file in the npm package. */
export function program(service: string): string {
  const here = import.meta.filename
  if (!here.endsWith('.ts')) return join(dirname(here), `${service}.js`)
  return service === 'node'
    ? join(dirname(here), '../node/main.ts')
    : join(dirname(here), '../../..', service, 'src', 'main.ts')
}

/** What comes before the program where it runs from the sources: its threads have it too. */
const quickImports = import.meta.filename.endsWith('.ts')
  ? ['--import', import.meta.resolve('@kubets/component/quick-imports')]
  : []

/** Small services keep small heaps; the api-server's young objects are its work. */
const lean = ['--max-semi-space-size=2']

function node(service: string, flags: readonly string[], nodeFlags: readonly string[] = lean): string[] {
  return [process.execPath, ...nodeFlags, ...quickImports, program(service), ...flags]
}

const compileCache = (directory: ClusterDirectory) => compileCacheFolder() ?? directory.file('compile-cache')

/** A fixed set of V8 flags and one cache folder: a changed set would miss the compile cache. */
function environment(directory: ClusterDirectory): Record<string, string> {
  return {
    NODE_COMPILE_CACHE: compileCache(directory),
    MALLOC_ARENA_MAX: '1',
    NODE_NO_WARNINGS: '1',
  }
}

export interface ClusterLayout {
  directory: ClusterDirectory
  config: ClusterConfig
  plan: NetworkPlan
}

export function apiServerSpec({ directory, config, plan }: ClusterLayout): ServiceSpec {
  const pki = (name: string) => directory.file('pki', name)
  const local = config.runtime === 'fake'
  const store =
    config.storage === 'embedded'
      ? ['--storage-backend=embedded', `--data-dir=${directory.file('store')}`]
      : [
          '--storage-backend=etcd3',
          `--etcd-servers=${etcdUrls(config).join(',')}`,
          ...Object.entries(ownEtcdFiles(directory, config) ?? {}).map(([flag, path]) => `--${flag}=${path}`),
        ]
  return {
    name: 'api-server',
    command: node(
      'api-server',
      [
        `--bind-address=${local || config.nodes.length === 0 ? '127.0.0.1' : '0.0.0.0'}`,
        `--secure-port=${config.port}`,
        `--advertise-address=${local || config.nodes.length === 0 ? '127.0.0.1' : plan.hostAddress}`,
        `--tls-cert-file=${pki('apiserver.crt')}`,
        `--tls-private-key-file=${pki('apiserver.key')}`,
        `--client-ca-file=${pki('ca.crt')}`,
        '--authorization-mode=Node,RBAC',
        '--enable-admission-plugins=NodeRestriction',
        // as kubeadm sets them: pods of the system need the first, and names of nodes are in no DNS
        '--allow-privileged=true',
        '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
        `--kubelet-client-certificate=${pki('apiserver-kubelet-client.crt')}`,
        `--kubelet-client-key=${pki('apiserver-kubelet-client.key')}`,
        `--kubelet-certificate-authority=${pki('ca.crt')}`,
        '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
        `--service-account-signing-key-file=${pki('sa.key')}`,
        `--service-account-key-file=${pki('sa.pub')}`,
        `--service-cluster-ip-range=${config.ranges.services}`,
        ...(config.runtimeConfig === undefined ? [] : [`--runtime-config=${config.runtimeConfig.join(',')}`]),
        ...store,
      ],
      apiServerNodeFlags,
    ),
    env: environment(directory),
    ready: 'ipc',
  }
}

export function schedulerSpec({ directory }: ClusterLayout): ServiceSpec {
  return {
    name: 'scheduler',
    command: node('scheduler', [
      `--kubeconfig=${directory.file('scheduler.conf')}`,
      '--bind-address=127.0.0.1',
      '--secure-port=0',
      // the supervisor runs exactly one; after a SIGKILL the next need not wait for a lease to run out
      '--leader-elect=false',
    ]),
    env: environment(directory),
    ready: 'ipc',
  }
}

export function controllerManagerSpec({ directory }: ClusterLayout): ServiceSpec {
  return {
    name: 'controller-manager',
    command: node('controller-manager', [
      `--kubeconfig=${directory.file('controller-manager.conf')}`,
      `--root-ca-file=${directory.file('pki', 'ca.crt')}`,
      `--cluster-signing-cert-file=${directory.file('pki', 'ca.crt')}`,
      `--cluster-signing-key-file=${directory.file('pki', 'ca.key')}`,
      '--use-service-account-credentials=true',
      '--bind-address=127.0.0.1',
      '--secure-port=0',
      // as for the scheduler: there is exactly one
      '--leader-elect=false',
    ]),
    env: environment(directory),
    ready: 'ipc',
  }
}

/** What the specs of the control plane run, and where its compiled code is kept. */
export async function controlPlanePrograms(directory: ClusterDirectory, storage: string) {
  const etcd = storage === 'etcd' ? await toolOnPath('etcd') : undefined
  return {
    programs: ['api-server', 'scheduler', 'controller-manager'].map(program),
    binaries: [process.execPath, ...(etcd === undefined ? [] : [etcd])],
    compileCache: compileCache(directory),
  }
}

/** An etcd of the cluster's own, on the two ports above the api-server's. Whoever has no certificate of its authority gets no further than TLS. */
export function etcdSpec({ directory, config }: ClusterLayout): ServiceSpec {
  const peer = `https://127.0.0.1:${config.port + 2}`
  const pki = (name: string) => directory.file('pki', 'etcd', name)
  return {
    name: 'etcd',
    command: [
      'etcd',
      '--name=kubets',
      `--data-dir=${directory.file('etcd')}`,
      `--listen-client-urls=${ownEtcdUrl(config)}`,
      `--advertise-client-urls=${ownEtcdUrl(config)}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=kubets=${peer}`,
      ...[`--cert-file=${pki('server.crt')}`, `--key-file=${pki('server.key')}`],
      ...[`--trusted-ca-file=${pki('ca.crt')}`, '--client-cert-auth'],
      ...[`--peer-cert-file=${pki('peer.crt')}`, `--peer-key-file=${pki('peer.key')}`],
      ...[`--peer-trusted-ca-file=${pki('ca.crt')}`, '--peer-client-cert-auth'],
    ],
    ready: 'spawn',
  }
}

/** Where a cluster whose storage is etcd has it. */
export function etcdUrls(config: ClusterConfig): string[] {
  return config.etcdServers.length > 0 ? config.etcdServers : [ownEtcdUrl(config)]
}

const ownEtcdUrl = (config: ClusterConfig) => `https://127.0.0.1:${config.port + 1}`

export const hasOwnEtcd = (config: ClusterConfig) => config.storage === 'etcd' && config.etcdServers.length === 0

/** With which files the cluster's own etcd is reached, by the api-server's flags. */
export function ownEtcdFiles(directory: ClusterDirectory, config: ClusterConfig) {
  if (!hasOwnEtcd(config)) return undefined
  return {
    'etcd-cafile': directory.file('pki', 'etcd', 'ca.crt'),
    'etcd-certfile': directory.file('pki', 'apiserver-etcd-client.crt'),
    'etcd-keyfile': directory.file('pki', 'apiserver-etcd-client.key'),
  }
}

export const sockets = {
  cri: (node: NodePlan) => join(node.runDirectory, 'cri.sock'),
  imageAdmin: (node: NodePlan) => join(node.runDirectory, 'images.sock'),
  puller: (plan: NetworkPlan) => join(plan.runDirectory, 'puller.sock'),
}

/** Where Debian and most others put the CNI plugins. */
const cniPlugins = () => ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'].filter(path => existsSync(path)).join(',')

export function shimSpec({ directory, config, plan }: ClusterLayout, on: NodePlan): ServiceSpec {
  const fake = config.runtime === 'fake'
  const command = node('container-runtime-shim', [
    `--runtime=${config.runtime}`,
    `--listen=${sockets.cri(on)}`,
    `--root=${join(on.directory, 'runtime')}`,
    ...(fake
      ? [`--fake-pod-cidr=${on.podCidr}`]
      : [
          `--state=${join(on.runDirectory, 'state')}`,
          `--cgroup-root=${on.cgroup}`,
          `--conmon-cgroup=${on.cgroup}/conmon`,
          '--cni-conf-dir=/etc/cni/net.d',
          `--cni-bin-dir=${cniPlugins()}`,
          `--admin-socket=${sockets.imageAdmin(on)}`,
          `--image-puller=unix://${sockets.puller(plan)}`,
        ]),
  ])
  return {
    name: `container-runtime-shim@${on.name}`,
    command: fake ? command : [...enterNode(on), ...command],
    env: environment(directory),
    ready: 'ipc',
  }
}

/** The kubelet; on a node with a network of its own the service-proxy runs in the same process. */
export function kubeletSpec({ directory, config, plan }: ClusterLayout, on: NodePlan): ServiceSpec {
  const fake = config.runtime === 'fake'
  const command = node(fake ? 'kubelet-agent' : 'node', [
    `--kubeconfig=${join(on.directory, 'kubelet.conf')}`,
    `--hostname-override=${on.name}`,
    `--node-ip=${fake ? '127.0.0.1' : on.address}`,
    `--address=${fake ? '127.0.0.1' : '0.0.0.0'}`,
    `--port=${fake ? 0 : 10250}`,
    '--healthz-port=0',
    `--root-dir=${fake ? join(on.directory, 'var-lib-kubelet') : '/var/lib/kubelet'}`,
    `--pod-logs-dir=${fake ? join(on.directory, 'var-log-pods') : '/var/log/pods'}`,
    `--container-runtime-endpoint=unix://${sockets.cri(on)}`,
    `--pod-cidr=${on.podCidr}`,
    `--cgroup-root=${fake ? '' : on.cgroup}`,
    `--cluster-dns=${address(parseCidr(config.ranges.services), 10)}`,
    '--cluster-domain=cluster.local',
    `--tls-cert-file=${directory.file('pki', `kubelet-${on.name}.crt`)}`,
    `--tls-private-key-file=${directory.file('pki', `kubelet-${on.name}.key`)}`,
    `--client-ca-file=${directory.file('pki', 'ca.crt')}`,
    ...(fake
      ? []
      : [
          `--proxy=kubeconfig=${directory.file('service-proxy.conf')}`,
          `--proxy=hostname-override=${on.name}`,
          `--proxy=cluster-cidr=${plan.ranges.pods}`,
        ]),
  ])
  return {
    name: `kubelet-agent@${on.name}`,
    command: fake ? command : [...enterNode(on), ...command],
    env: environment(directory),
    ready: 'ipc',
  }
}
