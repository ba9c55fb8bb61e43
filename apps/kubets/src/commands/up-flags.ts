import type { FlagTable } from '@kubets/component/plain'
import { dirFlag } from './command.ts'

export const upFlags = {
  ...dirFlag,
  nodes: { type: 'int', default: 2, help: 'Worker nodes; 0 runs the control plane alone.' },
  runtime: {
    type: 'string',
    default: 'auto',
    choices: ['auto', 'oci', 'fake'],
    help: 'How pods run: oci makes real containers (Linux, root), fake only pretends; auto takes oci where it can.',
  },
  storage: { type: 'string', default: 'embedded', choices: ['embedded', 'etcd'], help: 'Where the state lives.' },
  'etcd-servers': {
    type: 'strings',
    help: 'With --storage etcd: URLs of a running etcd. Without them the cluster runs one of its own.',
  },
  port: {
    type: 'int',
    default: 6443,
    help: 'Port of the API server. The default takes the next free one when it is in use.',
  },
  'runtime-config': {
    type: 'strings',
    help: 'APIs that the API server turns on or off, as its flag: api/beta=true, group/version=false, … Default: as before.',
  },
  detach: { type: 'bool', help: 'Return once the nodes are Ready and leave the cluster running.' },
  'node-cidr': {
    type: 'string',
    help: 'Addresses of the nodes. Default: the first free of 10.89.0.0/24, 10.89.1.0/24, …',
  },
  'pod-cidr': { type: 'string', help: 'Addresses of pods. Default: the first free of 10.244.0.0/16, 10.243.0.0/16, …' },
  'service-cidr': {
    type: 'string',
    help: 'Addresses of services. Default: the first free of 10.96.0.0/16, 10.97.0.0/16, …',
  },
} as const satisfies FlagTable
