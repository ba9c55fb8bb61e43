import type { NamespaceOption } from '@kubets/cri'
import type { OciNamespace } from './oci-spec.ts'

/** Where the sandbox's namespaces are pinned; a missing one is the node's. */
export interface PinnedNamespaces {
  network?: string
  ipc?: string
  uts?: string
  pid?: string
}

/**
 * The namespaces of one container: those of the pod, a mount namespace of its own, and for processes what the pod asks for.
 * @param targetPid the first process of the container whose process namespace is joined (mode TARGET)
 */
export function containerNamespaces(
  options: NamespaceOption | null,
  pinned: PinnedNamespaces,
  targetPid: number | undefined,
): OciNamespace[] {
  const list: OciNamespace[] = [{ type: 'mount' }]
  if (pinned.network) list.push({ type: 'network', path: pinned.network })
  if (pinned.ipc) list.push({ type: 'ipc', path: pinned.ipc })
  if (pinned.uts) list.push({ type: 'uts', path: pinned.uts })
  switch (options?.pid ?? 'POD') {
    case 'CONTAINER':
      list.push({ type: 'pid' })
      break
    case 'POD':
      list.push(pinned.pid ? { type: 'pid', path: pinned.pid } : { type: 'pid' })
      break
    case 'TARGET':
      if (!targetPid)
        throw new Error(`container ${options?.targetId} whose process namespace is asked for is not running`)
      list.push({ type: 'pid', path: `/proc/${targetPid}/ns/pid` })
      break
    case 'NODE':
      break
  }
  return list
}
