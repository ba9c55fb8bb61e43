import type { ContainerStatus, Pod } from '@kubets/api-types'

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

/** The pod's phase from its containers. `terminated`: none will be started again. */
export function podPhase(
  pod: Pod,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  terminated: boolean,
): Phase {
  const policy = pod.spec?.restartPolicy ?? 'Always'
  const anyStarted = regular.some(
    status => status.state?.running || status.state?.terminated || status.lastState?.terminated,
  )
  if (!anyStarted) {
    for (const status of init) {
      const sidecar = pod.spec?.initContainers?.find(c => c.name === status.name)?.restartPolicy === 'Always'
      const ended = status.state?.terminated ?? status.lastState?.terminated
      if (!sidecar && ended !== undefined && ended.exitCode !== 0 && (policy === 'Never' || terminated)) return 'Failed'
    }
    if (terminated) return 'Failed'
    if (init.length > 0 && !init.every(status => done(pod, status))) return 'Pending'
  }
  let running = 0
  let waiting = 0
  let stopped = 0
  let succeeded = 0
  for (const { state, lastState } of regular) {
    if (state?.running) running++
    else if (state?.terminated) {
      stopped++
      if (state.terminated.exitCode === 0) succeeded++
    } else if (state?.waiting) {
      if (lastState?.terminated) stopped++
      else waiting++
    }
  }
  if (terminated) return waiting === 0 && running === 0 && succeeded === stopped ? 'Succeeded' : 'Failed'
  if (waiting > 0) return 'Pending'
  if (running > 0) return 'Running'
  if (stopped > 0) {
    if (policy === 'Always') return 'Running'
    if (stopped === succeeded) return 'Succeeded'
    return policy === 'Never' ? 'Failed' : 'Running'
  }
  return 'Pending'
}

function done(pod: Pod, status: ContainerStatus): boolean {
  const sidecar = pod.spec?.initContainers?.find(c => c.name === status.name)?.restartPolicy === 'Always'
  return sidecar ? status.started === true : status.state?.terminated?.exitCode === 0
}
