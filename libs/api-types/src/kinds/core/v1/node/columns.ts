import type { Node } from '../../../../wire.ts'
import { age, ageColumn, column, nameColumn } from '../../../define-kind.ts'

const wide = { priority: 1 }
export const columns = [
  nameColumn,
  column('Status', 'Whether the node is ready, and whether pods may be scheduled on it.'),
  column('Roles', 'Roles that labels of the node name.'),
  ageColumn,
  column('Version', 'Version of the kubelet.'),
  column('Internal-IP', 'Address within the cluster.', wide),
  column('External-IP', 'Address outside the cluster.', wide),
  column('OS-Image', 'The operating system, as it calls itself.', wide),
  column('Kernel-Version', 'Version of the kernel.', wide),
  column('Container-Runtime', 'Name and version of the container runtime.', wide),
]

const rolePrefix = 'node-role.kubernetes.io/'

function roles({ metadata }: Node): string {
  const found = new Set<string>()
  for (const [key, value] of Object.entries(metadata?.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) found.add(key.slice(rolePrefix.length))
    else if (key === 'kubernetes.io/role' && value !== '') found.add(value)
  }
  return found.size === 0 ? '<none>' : [...found].sort().join(',')
}

function status({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const parts = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady']
  if (spec?.unschedulable === true) parts.push('SchedulingDisabled')
  return parts.join(',')
}

const address = ({ status }: Node, wanted: string) =>
  status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>'

export function cells(node: Node, now: number) {
  const info = node.status?.nodeInfo
  return [
    node.metadata?.name ?? '',
    status(node),
    roles(node),
    age(node, now),
    info?.kubeletVersion ?? '',
    address(node, 'InternalIP'),
    address(node, 'ExternalIP'),
    info?.osImage || '<unknown>',
    (info?.kernelVersion || '<unknown>') + (info?.architecture ? ` (${info.architecture})` : ''),
    info?.containerRuntimeVersion || '<unknown>',
  ]
}
