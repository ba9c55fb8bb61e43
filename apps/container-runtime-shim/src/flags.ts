import type { FlagTable } from '@kubets/component'

export const shimFlags = {
  listen: {
    type: 'string',
    default: 'unix:///run/kubets/cri.sock',
    help: 'Unix socket on which the CRI is served.',
  },
  runtime: {
    type: 'string',
    default: 'oci',
    choices: ['oci', 'fake'],
    help: 'oci runs containers with runc; fake runs no process and needs no root.',
  },
  root: {
    type: 'string',
    default: '/var/lib/kubets/runtime',
    help: 'Folder of what outlives a reboot: records, writable layers, images.',
  },
  state: {
    type: 'string',
    default: '/run/kubets/runtime',
    help: 'Folder of what ends with a reboot: namespaces, mounts, sockets. Keep it short.',
  },
  'cni-conf-dir': {
    type: 'string',
    default: '/etc/cni/net.d',
    help: 'Folder of CNI network configurations; the first by name counts.',
  },
  'cni-bin-dir': {
    type: 'strings',
    default: ['/opt/cni/bin', '/usr/lib/cni'],
    help: 'Folders of CNI plugins, in the order of search.',
  },
  'cgroup-root': { type: 'string', default: '/kubets', help: 'Cgroup of containers whose pod names none.' },
  'conmon-cgroup': {
    type: 'string',
    help: 'Cgroup that conmon processes are moved to. Default: they stay in that of this process.',
  },
  'runtime-path': { type: 'string', help: 'Path of runc. Default: searched in PATH.' },
  'conmon-path': { type: 'string', help: 'Path of conmon. Default: searched in PATH.' },
  'catatonit-path': {
    type: 'string',
    help: 'Path of catatonit, for pods that share a process namespace. Default: searched in PATH.',
  },
  'stream-address': {
    type: 'string',
    default: '127.0.0.1',
    help: 'Address of the streaming server for exec, attach and port-forward.',
  },
  'stream-port': { type: 'int', default: 0, help: 'Port of the streaming server; 0 takes a free one.' },
  'image-root': { type: 'string', help: 'Folder of the image store. Default: images in --root.' },
  'image-puller': {
    type: 'string',
    help: 'Unix socket of a process that dials registries for this one (image-puller). Default: dialled directly.',
  },
  'admin-socket': { type: 'string', help: 'Unix socket for loading image archives. Default: none.' },
  'registry-mirror': { type: 'strings', help: 'REGISTRY=URL of a mirror that is asked before the registry.' },
  'insecure-registry': {
    type: 'strings',
    help: 'Registries that are spoken to without TLS, or whose certificate is not checked.',
  },
  'fake-pod-cidr': { type: 'string', default: '10.244.0.0/24', help: 'Addresses that the fake runtime gives to pods.' },
  'metrics-bind-address': { type: 'string', help: 'HOST:PORT of /metrics and /healthz. Default: none.' },
  v: { type: 'int', short: 'v', default: 0, help: 'Number for the log level verbosity.' },
} as const satisfies FlagTable
