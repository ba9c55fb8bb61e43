import { humanDuration } from '@kubets/apimachinery'
import type { RowCondition } from '../../../../catalogue/contract.ts'
import type { ContainerStatus, Pod } from '../../../../wire.ts'
import { age, ageColumn, column, nameColumn } from '../../../define-kind.ts'

const wide = { priority: 1 }
export const columns = [
  nameColumn,
  column('Ready', 'Containers that are ready, of all in the pod.'),
  column('Status', 'Where the pod is in its life, or what keeps it from going on.'),
  column('Restarts', 'How often containers of the pod began anew, and how long ago the last one did.'),
  ageColumn,
  column('IP', "The pod's first address.", wide),
  column('Node', 'The node that the pod is bound to.', wide),
  column('Nominated Node', 'The node where the pod will run once others have left it.', wide),
  column('Readiness Gates', 'Conditions beyond the containers that readiness asks for: how many are true.', wide),
]

/** What the cells gather while they look through a pod's containers. */
interface Summary {
  ready: number
  total: number
  restarts: number
  lastRestart: number
  reason: string
}

const neverRestarted = 0

function lastRestart(status: ContainerStatus): number {
  const finished = status.lastState?.terminated?.finishedAt
  return finished ? Date.parse(finished) : neverRestarted
}

/** `reason`, else the signal or exit code that ended the container. */
function endedBy({ reason, signal, exitCode }: { reason?: string; signal?: number; exitCode: number }): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)
}

/** Goes through the init containers. Gives `Init:…` while they are not done. */
function initPhase(pod: Pod, summary: Summary): { text: string | undefined; sidecars: Summary } {
  const specs = pod.spec?.initContainers ?? []
  const restartable = new Set(specs.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name))
  const sidecars: Summary = { ready: 0, total: restartable.size, restarts: 0, lastRestart: neverRestarted, reason: '' }
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    summary.restarts += status.restartCount
    summary.lastRestart = Math.max(summary.lastRestart, lastRestart(status))
    const sidecar = restartable.has(status.name)
    if (sidecar) {
      sidecars.restarts += status.restartCount
      sidecars.lastRestart = Math.max(sidecars.lastRestart, lastRestart(status))
    }
    const { terminated, waiting } = status.state ?? {}
    if (terminated?.exitCode === 0) continue
    if (sidecar && status.started === true) {
      if (status.ready) sidecars.ready++
      continue
    }
    if (terminated) return { text: `Init:${endedBy(terminated)}`, sidecars }
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return { text: `Init:${waiting.reason}`, sidecars }
    return { text: `Init:${index}/${specs.length}`, sidecars }
  }
  return { text: undefined, sidecars }
}

function hasCondition({ status }: Pod, wanted: string): boolean {
  return status?.conditions?.some(({ type, status }) => type === wanted && status === 'True') ?? false
}

/** Goes through the containers, the last one first: the first one's trouble is the one shown. */
function mainPhase(pod: Pod, summary: Summary): void {
  let running = false
  let failure = ''
  for (const status of (pod.status?.containerStatuses ?? []).toReversed()) {
    summary.restarts += status.restartCount
    summary.lastRestart = Math.max(summary.lastRestart, lastRestart(status))
    const { waiting, terminated, running: runs } = status.state ?? {}
    if (waiting?.reason) summary.reason = waiting.reason
    else if (terminated) {
      summary.reason = endedBy(terminated)
      if (terminated.exitCode !== 0) failure = summary.reason
    } else if (status.ready && runs) {
      running = true
      summary.ready++
    }
  }
  if (summary.reason !== 'Completed') return
  if (running && hasCondition(pod, 'Ready')) summary.reason = 'Running'
  else if (failure !== '') summary.reason = failure
  else if (running) summary.reason = 'NotReady'
}

function summarize(pod: Pod): Summary {
  const { spec, status, metadata } = pod
  const phase = status?.phase ?? ''
  const gated = status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')
  const summary: Summary = {
    ready: 0,
    total: spec?.containers?.length ?? 0,
    restarts: 0,
    lastRestart: neverRestarted,
    reason: gated ? 'SchedulingGated' : status?.reason || phase,
  }
  const { text, sidecars } = initPhase(pod, summary)
  summary.total += sidecars.total
  summary.ready += sidecars.ready
  if (text !== undefined) summary.reason = text
  if (text === undefined || hasCondition(pod, 'Initialized')) {
    summary.restarts = sidecars.restarts
    summary.lastRestart = sidecars.lastRestart
    mainPhase(pod, summary)
  }
  if (metadata?.deletionTimestamp) {
    if (status?.reason === 'NodeLost') summary.reason = 'Unknown'
    else if (phase !== 'Failed' && phase !== 'Succeeded') summary.reason = 'Terminating'
  }
  return summary
}

function gates({ spec, status }: Pod): string {
  const wanted = spec?.readinessGates ?? []
  if (wanted.length === 0) return '<none>'
  // The first condition of a type decides.
  const met = wanted.filter(
    ({ conditionType }) => status?.conditions?.find(({ type }) => type === conditionType)?.status === 'True',
  )
  return `${met.length}/${wanted.length}`
}

const completed = (reason: string, message: string): readonly RowCondition[] => [
  { type: 'Completed', status: 'True', reason, message },
]
const succeeded = completed('Succeeded', 'The pod has completed successfully.')
const failed = completed('Failed', 'The pod failed.')

/** What a Table says of pods that are over: clients may leave them out. */
export function rowConditions({ status }: Pod): readonly RowCondition[] {
  if (status?.phase === 'Succeeded') return succeeded
  return status?.phase === 'Failed' ? failed : []
}

export function cells(pod: Pod, now: number) {
  const { ready, total, restarts, lastRestart, reason } = summarize(pod)
  const ago = lastRestart === neverRestarted || restarts === 0 ? '' : ` (${humanDuration(now - lastRestart)} ago)`
  return [
    pod.metadata?.name ?? '',
    `${ready}/${total}`,
    reason,
    `${restarts}${ago}`,
    age(pod, now),
    pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>',
    pod.spec?.nodeName || '<none>',
    pod.status?.nominatedNodeName || '<none>',
    gates(pod),
  ]
}
