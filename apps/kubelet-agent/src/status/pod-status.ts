import type { PodCondition, PodStatus } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import { present } from '../present.ts'
import { qosClass } from '../resources/qos.ts'
import { podConditions } from './conditions.ts'
import { containerStatus } from './container-status.ts'
import type { StatusFacts } from './facts.ts'
import { podPhase } from './phase.ts'

/** The status of a pod as the API shows it. Pure. `previous` is what was written last. */
export function podStatus(facts: StatusFacts, previous: PodStatus | undefined): PodStatus {
  const { pod } = facts
  const init = (pod.spec?.initContainers ?? []).map(container => containerStatus(facts, container, 'init'))
  const regular = (pod.spec?.containers ?? []).map(container => containerStatus(facts, container, 'regular'))
  const ephemeral = (pod.spec?.ephemeralContainers ?? [])
    .filter(container => facts.runtime.containers.some(c => c.metadata?.name === container.name))
    .map(container => containerStatus(facts, container as never, 'regular'))
  let phase = facts.failure ? 'Failed' : podPhase(pod, init, regular, facts.terminated)
  // the end is told when nothing runs any more: others may then use what the pod had
  if ((phase === 'Succeeded' || phase === 'Failed') && !facts.terminated)
    phase = previous?.phase === 'Pending' && phase === 'Failed' ? 'Pending' : 'Running'
  const sandbox = facts.runtime.sandboxes[0]
  const sandboxReady = sandbox?.state === 'SANDBOX_READY'
  const hostNetwork = pod.spec?.hostNetwork === true
  const ips = hostNetwork
    ? [facts.hostIp]
    : sandboxReady && sandbox.network?.ip
      ? [sandbox.network.ip, ...sandbox.network.additionalIps.map(({ ip }) => ip)]
      : (previous?.podIPs ?? []).map(({ ip }) => ip) // an ended pod keeps the address that it had
  const shownIps = hostNetwork && sandbox === undefined ? [] : ips
  const conditions = podConditions({
    pod,
    init,
    regular,
    phase,
    sandboxReady,
    now: facts.now,
    previous: previous?.conditions ?? pod.status?.conditions ?? [],
  })
  const foreign = (pod.status?.conditions ?? []).filter(({ type }) => !conditions.some(c => c.type === type))
  return present({
    observedGeneration: pod.metadata?.generation,
    phase,
    conditions: [...conditions, ...foreign] as PodCondition[],
    message: facts.failure?.message,
    reason: facts.failure?.reason,
    hostIP: facts.hostIp,
    hostIPs: [{ ip: facts.hostIp }],
    podIP: shownIps[0],
    podIPs: shownIps.length === 0 ? undefined : shownIps.map(ip => ({ ip })),
    startTime: previous?.startTime ?? pod.status?.startTime ?? formatTime(facts.startTime),
    initContainerStatuses: init.length === 0 ? undefined : init,
    containerStatuses: regular,
    ephemeralContainerStatuses: ephemeral.length === 0 ? undefined : ephemeral,
    qosClass: qosClass(pod),
  }) as PodStatus
}
