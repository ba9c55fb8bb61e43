import type { ContainerStatus, Pod } from '@kubets/api-types'
import type { StreamingRuntime } from './host.ts'
import { ServerRefusal } from './refusal.ts'

const podUidLabel = 'io.kubernetes.pod.uid'
const containerNameLabel = 'io.kubernetes.container.name'

/** The running container of a pod under that name. Throws upstream's `container not found ("c")`. */
export async function runningContainer(runtime: StreamingRuntime, pod: Pod, container: string): Promise<string> {
  const { containers } = await runtime.listContainers({
    filter: {
      state: { state: 'CONTAINER_RUNNING' },
      labelSelector: { [podUidLabel]: pod.metadata?.uid ?? '', [containerNameLabel]: container },
    },
  })
  const id = newest(containers)?.id
  if (id === undefined) throw new ServerRefusal(500, `container not found (${JSON.stringify(container)})`)
  return id
}

/** The pod's sandbox that is up. */
export async function readySandbox(runtime: StreamingRuntime, pod: Pod): Promise<string> {
  const { items } = await runtime.listPodSandbox({
    filter: { state: { state: 'SANDBOX_READY' }, labelSelector: { [podUidLabel]: pod.metadata?.uid ?? '' } },
  })
  const id = newest(items)?.id
  if (id === undefined)
    throw new ServerRefusal(
      500,
      `pod not found (${JSON.stringify(`${pod.metadata?.name}_${pod.metadata?.namespace}`)})`,
    )
  return id
}

function newest<T extends { createdAt: string }>(items: readonly T[]): T | undefined {
  let latest: T | undefined
  for (const item of items) if (latest === undefined || BigInt(item.createdAt) > BigInt(latest.createdAt)) latest = item
  return latest
}

/** Which container's log is meant, by the pod's status. Throws a 400 in upstream's words while there is none. */
export function containerOfLog(pod: Pod, container: string, previous: boolean): string {
  const name = pod.metadata?.name ?? ''
  const refuse = (text: string) => new ServerRefusal(400, text)
  const { status } = pod
  const all = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ]
  const found: ContainerStatus | undefined = all.find(one => one.name === container)
  if (found === undefined)
    throw refuse(`container ${JSON.stringify(container)} in pod ${JSON.stringify(name)} is not available`)
  const where = `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)}`
  const last = found.lastState?.terminated
  const { running, terminated, waiting } = found.state ?? {}
  let id: string | undefined
  if (previous) {
    if (!last?.containerID) throw refuse(`previous terminated ${where} not found`)
    id = last.containerID
  } else if (running) id = found.containerID
  else if (terminated) {
    id = terminated.containerID || last?.containerID
    if (!id) throw refuse(`${where} is terminated`)
  } else if (last) {
    id = last.containerID
    if (!id) throw refuse(`${where} is terminated`)
  } else if (waiting) {
    const why =
      waiting.reason === 'ErrImagePull'
        ? "image can't be pulled"
        : waiting.reason === 'ImagePullBackOff'
          ? 'trying and failing to pull image'
          : (waiting.reason ?? '')
    throw refuse(`${where} is waiting to start: ${why}`)
  }
  if (!id) throw refuse(`${where} is waiting to start - no logs yet`)
  return id.replace(/^[^/]*:\/\//, '')
}
