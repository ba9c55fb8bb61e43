import type { PodStatus } from '@kubets/api-types'

const owned = [
  'observedGeneration',
  'phase',
  'message',
  'reason',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
] as const
const ownConditions = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'DisruptionTarget',
])

/**
 * The strategic merge patch that makes `status` of a pod. Conditions merge by type, so that those of others stay; addresses merge
 * by address, so old ones are taken out by name; what is gone is null. The uid guards against a new pod of the same name.
 */
export function statusPatch(uid: string, status: PodStatus, old: PodStatus | undefined): object {
  const body: Record<string, unknown> = {}
  for (const name of owned) {
    const value = status[name]
    if (value !== undefined) body[name] = value
    else if (old?.[name] !== undefined) body[name] = null
  }
  for (const name of ['podIPs', 'hostIPs'] as const) {
    const gone = (old?.[name] ?? []).filter(({ ip }) => !(status[name] ?? []).some(kept => kept.ip === ip))
    if (gone.length > 0 && status[name] !== undefined)
      body[name] = [...(status[name] ?? []), ...gone.map(({ ip }) => ({ $patch: 'delete', ip }))]
  }
  body.conditions = (status.conditions ?? [])
    .filter(({ type }) => ownConditions.has(type))
    .map(condition => ({ ...condition, reason: condition.reason ?? null, message: condition.message ?? null }))
  return { metadata: { uid }, status: body }
}
