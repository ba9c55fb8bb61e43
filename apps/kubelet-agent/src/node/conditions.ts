import type { NodeCondition } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import type { Pressure } from './machine.ts'

/** Upstream's default hard eviction thresholds: below them a pressure condition holds. */
const minMemory = 100 * 1_024 * 1_024
const minDisk = 0.1
const minInodes = 0.05

export interface NodeHealth {
  pressure: Pressure
  /** Why the node is not ready; empty: it is. */
  problems: readonly string[]
}

type Draft = { type: string; status: 'True' | 'False'; reason: string; message: string }

/** MemoryPressure, DiskPressure, PIDPressure and Ready in upstream's words. Transition times are kept where nothing has changed. */
export function nodeConditions(health: NodeHealth, previous: readonly NodeCondition[], now: number): NodeCondition[] {
  const { pressure, problems } = health
  const memory = pressure.memoryAvailable < minMemory
  const disk = pressure.diskAvailable < minDisk || pressure.inodesFree < minInodes
  const pid = pressure.pidsAvailable <= 0
  const drafts: Draft[] = [
    memory
      ? {
          type: 'MemoryPressure',
          status: 'True',
          reason: 'KubeletHasInsufficientMemory',
          message: 'kubelet has insufficient memory available',
        }
      : {
          type: 'MemoryPressure',
          status: 'False',
          reason: 'KubeletHasSufficientMemory',
          message: 'kubelet has sufficient memory available',
        },
    disk
      ? { type: 'DiskPressure', status: 'True', reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure' }
      : {
          type: 'DiskPressure',
          status: 'False',
          reason: 'KubeletHasNoDiskPressure',
          message: 'kubelet has no disk pressure',
        },
    pid
      ? {
          type: 'PIDPressure',
          status: 'True',
          reason: 'KubeletHasInsufficientPID',
          message: 'kubelet has insufficient PID available',
        }
      : {
          type: 'PIDPressure',
          status: 'False',
          reason: 'KubeletHasSufficientPID',
          message: 'kubelet has sufficient PID available',
        },
    problems.length > 0
      ? {
          type: 'Ready',
          status: 'False',
          reason: 'KubeletNotReady',
          message: problems.length === 1 ? (problems[0] as string) : `[${problems.join(', ')}]`,
        }
      : { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
  ]
  const time = formatTime(now)
  return drafts.map(draft => {
    const old = previous.find(({ type }) => type === draft.type)
    const same = old?.status === draft.status && old.lastTransitionTime !== undefined
    return {
      ...draft,
      lastHeartbeatTime: time,
      lastTransitionTime: same ? old.lastTransitionTime : time,
    } as NodeCondition
  })
}

/** The event that a changed condition is told by. */
export function conditionEvent(condition: Pick<NodeCondition, 'type' | 'status'>): string | undefined {
  const on = condition.status === 'True'
  switch (condition.type) {
    case 'MemoryPressure':
      return on ? 'NodeHasInsufficientMemory' : 'NodeHasSufficientMemory'
    case 'DiskPressure':
      return on ? 'NodeHasDiskPressure' : 'NodeHasNoDiskPressure'
    case 'PIDPressure':
      return on ? 'NodeHasInsufficientPID' : 'NodeHasSufficientPID'
    case 'Ready':
      return on ? 'NodeReady' : 'NodeNotReady'
    default:
      return undefined
  }
}
