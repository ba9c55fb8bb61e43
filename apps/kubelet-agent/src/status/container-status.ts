import type { Container, ContainerStatus } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import type { ContainerStatus as CriContainerStatus } from '@kubets/cri'
import { present } from '../present.ts'
import { annotation } from '../runtime/labels.ts'
import type { StatusFacts } from './facts.ts'

type State = NonNullable<ContainerStatus['state']>

/** One entry of containerStatuses or initContainerStatuses. */
export function containerStatus(facts: StatusFacts, container: Container, role: 'init' | 'regular'): ContainerStatus {
  const attempts = facts.runtime.containers.filter(c => c.metadata?.name === container.name)
  const [latest, previous] = attempts
  const sidecar = role === 'init' && container.restartPolicy === 'Always'
  const known = knownStatus(facts, container.name, role)
  if (latest === undefined) {
    const waiting = facts.waiting.get(container.name) ?? defaultWaiting(facts, role)
    // after a restart of the node the runtime may have forgotten a container that ran: what the API knows is kept
    const lost = known?.state?.terminated ?? (facts.terminated ? lostState(known) : undefined)
    return {
      name: container.name,
      image: container.image ?? '',
      imageID: '',
      ready: false,
      restartCount: known?.restartCount ?? 0,
      started: false,
      state: lost === undefined ? { waiting: present(waiting) } : { terminated: lost },
      lastState: known?.lastState ?? {},
    } as ContainerStatus
  }
  const waiting =
    latest.state === 'CONTAINER_RUNNING' || facts.terminated ? undefined : facts.waiting.get(container.name)
  const terminated = latest.state === 'CONTAINER_EXITED' ? terminatedState(facts, latest) : undefined
  const running = latest.state === 'CONTAINER_RUNNING'
  let state: State
  let lastState: State = previous?.state === 'CONTAINER_EXITED' ? { terminated: terminatedState(facts, previous) } : {}
  if (running) state = { running: { startedAt: time(latest.startedAt) } } as State
  else if (terminated !== undefined && waiting === undefined) state = { terminated }
  else {
    state = { waiting: present(waiting ?? defaultWaiting(facts, role)) } as State
    if (terminated !== undefined) lastState = { terminated }
  }
  const started = running && facts.started(container.name)
  const ready =
    role === 'init' && !sidecar
      ? latest.state === 'CONTAINER_EXITED' && latest.exitCode === 0
      : running && started && facts.ready(container.name)
  const user = latest.user?.linux
  return present({
    name: container.name,
    state,
    lastState,
    ready,
    restartCount: restartCount(latest),
    image: shownImage(latest, container),
    imageID: latest.imageRef,
    containerID: `${facts.runtimeName}://${latest.id}`,
    started: role === 'init' && !sidecar ? running : started,
    allocatedResources: nonEmpty(container.resources?.requests),
    resources: resourcesOf(container),
    volumeMounts: nonEmpty(
      container.volumeMounts?.map(mount =>
        present({
          name: mount.name,
          mountPath: mount.mountPath,
          readOnly: mount.readOnly || undefined,
          recursiveReadOnly: mount.readOnly ? (mount.recursiveReadOnly ?? 'Disabled') : undefined,
        }),
      ),
    ),
    user: user
      ? {
          linux: present({
            uid: Number(user.uid),
            gid: Number(user.gid),
            supplementalGroups: nonEmpty(user.supplementalGroups.map(Number)),
          }),
        }
      : undefined,
    stopSignal: container.lifecycle?.stopSignal,
  }) as ContainerStatus
}

/** Runtimes answer with the image's name; where one only knows the id, the name stands in the spec. */
function shownImage({ image }: CriContainerStatus, container: Container): string {
  const name = image?.image ?? ''
  return name === '' || /^(sha256:)?[0-9a-f]{64}$/.test(name)
    ? image?.userSpecifiedImage || container.image || ''
    : name
}

export function restartCount(status: CriContainerStatus): number {
  return Number(status.annotations[annotation.restartCount] ?? status.metadata?.attempt ?? 0)
}

export function time(nanos: string): string {
  return formatTime(Number(BigInt(nanos) / 1_000_000n))
}

function terminatedState(facts: StatusFacts, status: CriContainerStatus) {
  const message = facts.terminationMessages.get(status.id) || status.message
  return present({
    exitCode: status.exitCode,
    reason: status.reason || (status.exitCode === 0 ? 'Completed' : 'Error'),
    message: message || undefined,
    startedAt: status.startedAt === '0' ? undefined : time(status.startedAt),
    finishedAt: time(status.finishedAt),
    containerID: `${facts.runtimeName}://${status.id}`,
  })
}

function defaultWaiting(facts: StatusFacts, role: 'init' | 'regular') {
  const hasInit = (facts.pod.spec?.initContainers ?? []).length > 0
  return { reason: role === 'init' || hasInit ? 'PodInitializing' : 'ContainerCreating' }
}

function knownStatus({ pod }: StatusFacts, name: string, role: 'init' | 'regular'): ContainerStatus | undefined {
  const list = role === 'init' ? pod.status?.initContainerStatuses : pod.status?.containerStatuses
  return list?.find(status => status.name === name)
}

/** A container that ran, of which nothing is left. */
function lostState(known: ContainerStatus | undefined) {
  if (known?.state?.running === undefined) return undefined
  return {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: 'The container could not be located when the pod was terminated',
  }
}

function resourcesOf({ resources }: Container) {
  const requests = nonEmpty(resources?.requests)
  const limits = nonEmpty(resources?.limits)
  return requests === undefined && limits === undefined ? {} : present({ limits, requests })
}

function nonEmpty<T extends object>(value: T | undefined): T | undefined {
  return value === undefined || Object.keys(value).length === 0 ? undefined : value
}
