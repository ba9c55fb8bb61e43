import { formatTime } from '@kubets/apimachinery'
import { type ConditionFacts, type NodeInfo, readyCondition } from '../../nodes/node-info.ts'

/**
 * When a node was heard of last, by our own clock: the clocks of nodes may be wrong, so only that their times change counts, not what
 * they say. Milliseconds.
 */
export interface NodeHealth {
  /** The Ready condition that was seen when it changed last; nothing before there was one. */
  readonly ready: ConditionFacts | undefined
  readonly heardOf: number
  /** The heartbeat that was seen last. */
  readonly renewTime: string | undefined
}

/** What is known of a node after another look at it. Pure. */
export function observe(
  known: NodeHealth | undefined,
  node: NodeInfo,
  renewTime: string | undefined,
  now: number,
): NodeHealth {
  const ready = readyCondition(node)
  const renewed = renewTime !== undefined && (known?.renewTime === undefined || known.renewTime < renewTime)
  const heardOf = renewed || toldAnew(known, ready) ? now : known?.heardOf
  return {
    ready,
    // a node that never said how it is has since its creation to do so
    heardOf: heardOf ?? (Date.parse(node.creationTimestamp) || now),
    renewTime: renewed ? renewTime : known?.renewTime,
  }
}

function toldAnew(known: NodeHealth | undefined, ready: ConditionFacts | undefined): boolean {
  return ready !== undefined && known?.ready?.lastHeartbeatTime !== ready.lastHeartbeatTime
}

/** NetworkUnavailable is not the kubelet's: whoever looks after the network says it. */
const ofKubelet = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

/** The conditions of a node that nobody hears of, where they say something else. Pure. */
export function unknownConditions(node: NodeInfo, now: number): object[] {
  const lastTransitionTime = formatTime(now)
  return ofKubelet.flatMap(type => {
    const present = node.conditions.find(condition => condition.type === type)
    if (present === undefined)
      return {
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime: node.creationTimestamp,
        lastTransitionTime,
      }
    if (present.status === 'Unknown') return []
    return {
      type,
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastTransitionTime,
    }
  })
}
