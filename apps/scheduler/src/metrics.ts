import type { Registry } from 'prom-client'
import type { QueueState } from './queue/scheduling-queue.ts'

/** What the scheduler counts, in upstream's names and labels. */
export interface SchedulerMetrics {
  readonly registry: Registry
  /** An attempt has ended; seconds, binding included. */
  attempt(result: 'scheduled' | 'unschedulable' | 'error', profile: string, seconds: number): void
  algorithm(seconds: number): void
  /** A pod was bound: how many attempts, and seconds since it was first seen. */
  scheduled(attempts: number, seconds: number): void
  preempted(victims: number): void
}

export interface MetricsSources {
  pending(state: QueueState): number
  cacheSize(): { nodes: number; pods: number; assumedPods: number }
}

/** `count` numbers from `start`, each `factor` times the one before. */
function exponential(start: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start * factor ** i)
}

export async function createMetrics(sources: MetricsSources): Promise<SchedulerMetrics> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client')
  const registry = new Registry()
  const registers = [registry]
  const attempts = new Counter({
    name: 'scheduler_schedule_attempts_total',
    help: "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.",
    labelNames: ['result', 'profile'],
    registers,
  })
  const attemptSeconds = new Histogram({
    name: 'scheduler_scheduling_attempt_duration_seconds',
    help: 'Scheduling attempt latency in seconds (scheduling algorithm + binding)',
    labelNames: ['result', 'profile'],
    buckets: exponential(0.001, 2, 15),
    registers,
  })
  const algorithmSeconds = new Histogram({
    name: 'scheduler_scheduling_algorithm_duration_seconds',
    help: 'Scheduling algorithm latency in seconds',
    buckets: exponential(0.001, 2, 15),
    registers,
  })
  const podAttempts = new Histogram({
    name: 'scheduler_pod_scheduling_attempts',
    help: 'Number of attempts to successfully schedule a pod.',
    buckets: exponential(1, 2, 5),
    registers,
  })
  const sliSeconds = new Histogram({
    name: 'scheduler_pod_scheduling_sli_duration_seconds',
    help: 'E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue and might involve multiple scheduling attempts.',
    labelNames: ['attempts'],
    buckets: exponential(0.01, 2, 20),
    registers,
  })
  const preemptions = new Counter({
    name: 'scheduler_preemption_attempts_total',
    help: 'Total preemption attempts in the cluster till now',
    registers,
  })
  const victims = new Histogram({
    name: 'scheduler_preemption_victims',
    help: 'Number of selected preemption victims',
    buckets: exponential(1, 2, 7),
    registers,
  })
  new Gauge({
    name: 'scheduler_pending_pods',
    help: "Number of pending pods, by the queue type. 'active' means number of pods in activeQ; 'backoff' means number of pods in backoffQ; 'unschedulable' means number of pods in unschedulablePods that the scheduler attempted to schedule and failed; 'gated' is the number of unschedulable pods that the scheduler never attempted to schedule because they are gated.",
    labelNames: ['queue'],
    registers,
    collect() {
      for (const queue of ['active', 'backoff', 'unschedulable', 'gated'] as const)
        this.set({ queue }, sources.pending(queue))
    },
  })
  new Gauge({
    name: 'scheduler_cache_size',
    help: 'Number of nodes, pods, and assumed (bound) pods in the scheduler cache.',
    labelNames: ['type'],
    registers,
    collect() {
      const { nodes, pods, assumedPods } = sources.cacheSize()
      this.set({ type: 'nodes' }, nodes)
      this.set({ type: 'pods' }, pods)
      this.set({ type: 'assumed_pods' }, assumedPods)
    },
  })
  return {
    registry,
    attempt(result, profile, seconds) {
      attempts.inc({ result, profile })
      attemptSeconds.observe({ result, profile }, seconds)
    },
    algorithm: seconds => algorithmSeconds.observe(seconds),
    scheduled(count, seconds) {
      podAttempts.observe(count)
      // upstream's label ends at 15, so that it has a bound
      sliSeconds.observe({ attempts: count > 15 ? '15+' : String(count) }, seconds)
    },
    preempted(count) {
      preemptions.inc()
      victims.observe(count)
    },
  }
}
