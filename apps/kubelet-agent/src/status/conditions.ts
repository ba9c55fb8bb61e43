import type { ContainerStatus, Pod, PodCondition } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import { present } from '../present.ts'
import type { Phase } from './phase.ts'

type Draft = Pick<PodCondition, 'type' | 'status'> & { reason?: string; message?: string }

const isSidecar = (pod: Pod, name: string) =>
  pod.spec?.initContainers?.find(c => c.name === name)?.restartPolicy === 'Always'
/** Go prints a list of strings so. */
const list = (names: readonly string[]) => `[${names.join(' ')}]`

function terminal(phase: Phase): Pick<Draft, 'reason'> | undefined {
  if (phase === 'Failed') return { reason: 'PodFailed' }
  if (phase === 'Succeeded') return { reason: 'PodCompleted' }
  return undefined
}

function containersReady(
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  pod: Pod,
  phase: Phase,
): Omit<Draft, 'type'> {
  const ended = terminal(phase)
  if (ended !== undefined) return { status: 'False', ...ended }
  const unready = [...init.filter(({ name }) => isSidecar(pod, name)), ...regular]
    .filter(s => !s.ready)
    .map(s => s.name)
  if (unready.length === 0) return { status: 'True' }
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: ${list(unready)}` }
}

function podReady(pod: Pod, containers: Omit<Draft, 'type'>): Omit<Draft, 'type'> {
  if (containers.status !== 'True') return containers
  const messages: string[] = []
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const condition = pod.status?.conditions?.find(c => c.type === conditionType)
    if (condition === undefined)
      messages.push(`corresponding condition of pod readiness gate ${JSON.stringify(conditionType)} does not exist.`)
    else if (condition.status !== 'True')
      messages.push(
        `the status of pod readiness gate ${JSON.stringify(conditionType)} is not "True", but ${condition.status}`,
      )
  }
  return messages.length === 0
    ? { status: 'True' }
    : { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') }
}

function initialized(
  pod: Pod,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  phase: Phase,
): Omit<Draft, 'type'> {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' }
  if (regular.some(s => s.state?.running || s.state?.terminated || s.lastState?.terminated)) return { status: 'True' }
  const incomplete = init.filter(s => (isSidecar(pod, s.name) ? s.started !== true : !s.ready)).map(s => s.name)
  if (incomplete.length === 0) return { status: 'True' }
  return {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: ${list(incomplete)}`,
  }
}

export interface ConditionFacts {
  pod: Pod
  init: readonly ContainerStatus[]
  regular: readonly ContainerStatus[]
  phase: Phase
  sandboxReady: boolean
  now: number
  /** The conditions that were written last: times of what has not changed are kept. */
  previous: readonly PodCondition[]
}

/** The conditions that the kubelet owns, in upstream's order. */
export function podConditions(facts: ConditionFacts): PodCondition[] {
  const { pod, init, regular, phase } = facts
  const ready = containersReady(init, regular, pod, phase)
  const drafts: Draft[] = [
    { type: 'PodReadyToStartContainers', status: facts.sandboxReady ? 'True' : 'False' },
    { type: 'Initialized', ...initialized(pod, init, regular, phase) },
    { type: 'Ready', ...podReady(pod, ready) },
    { type: 'ContainersReady', ...ready },
    { type: 'PodScheduled', status: 'True' },
  ]
  return drafts.map(draft => {
    const old = facts.previous.find(condition => condition.type === draft.type)
    return present({
      type: draft.type,
      status: draft.status,
      observedGeneration: pod.metadata?.generation,
      lastProbeTime: null,
      lastTransitionTime:
        old?.status === draft.status && old.lastTransitionTime ? old.lastTransitionTime : formatTime(facts.now),
      reason: draft.reason,
      message: draft.message,
    }) as unknown as PodCondition // lastProbeTime is null on the wire, as upstream writes it
  })
}
