import { Gauge, Registry } from 'prom-client'
import type { RuntimeWatch } from './runtime/watch-runtime.ts'

/** Upstream's names; what is counted is counted when somebody asks. */
export function createKubeletMetrics(runtime: RuntimeWatch): { registry: Registry } {
  const registry = new Registry()
  const registers = [registry]
  new Gauge({
    name: 'kubelet_running_pods',
    help: 'Number of pods that have a running pod sandbox',
    registers,
    collect() {
      this.set(runtime.uids().filter(uid => runtime.state(uid).sandboxes.some(s => s.state === 'SANDBOX_READY')).length)
    },
  })
  new Gauge({
    name: 'kubelet_running_containers',
    help: 'Number of containers currently running',
    labelNames: ['container_state'],
    registers,
    collect() {
      const counts = new Map([
        ['running', 0],
        ['exited', 0],
        ['created', 0],
        ['unknown', 0],
      ])
      for (const uid of runtime.uids())
        for (const { state } of runtime.state(uid).containers) {
          const name = state.slice('CONTAINER_'.length).toLowerCase()
          counts.set(name, (counts.get(name) ?? 0) + 1)
        }
      for (const [state, count] of counts) this.set({ container_state: state }, count)
    },
  })
  return { registry }
}
