import type { WorkQueueMetrics } from '@kubets/client'
import type { Registry } from 'prom-client'
import { createNodeMetrics, type NodeMetrics } from './node-metrics.ts'

/** What the controller manager counts, in upstream's names and labels. */
export interface ControllerMetrics {
  readonly registry: Registry
  /** For one named queue. */
  queue(name: string): QueueMetrics
  leading(leads: boolean): void
  running(controller: string, runs: boolean): void
  rootCaSync(code: string, seconds: number): void
  garbageCollectorSyncError(): void
  readonly nodes: NodeMetrics
}

export interface QueueMetrics extends Required<WorkQueueMetrics> {
  /** A key is being worked on since `at` (milliseconds); the returned function says that it is done. */
  working(at: number): () => void
}

const durations = Array.from({ length: 10 }, (_, i) => 1e-8 * 10 ** i)
const syncDurations = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i)

export async function createMetrics(leaseName: string, now: () => number): Promise<ControllerMetrics> {
  const prom = await import('prom-client')
  const { Counter, Gauge, Histogram, Registry } = prom
  const registry = new Registry()
  const registers = [registry]
  const labelNames = ['name'] as const
  const adds = new Counter({
    name: 'workqueue_adds_total',
    help: 'Total number of adds handled by workqueue',
    labelNames,
    registers,
  })
  const depth = new Gauge({ name: 'workqueue_depth', help: 'Current depth of workqueue', labelNames, registers })
  const queueSeconds = new Histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long in seconds an item stays in workqueue before being requested.',
    labelNames,
    buckets: durations,
    registers,
  })
  const workSeconds = new Histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long in seconds processing an item from workqueue takes.',
    labelNames,
    buckets: durations,
    registers,
  })
  const retries = new Counter({
    name: 'workqueue_retries_total',
    help: 'Total number of retries handled by workqueue',
    labelNames,
    registers,
  })
  /** Since when the keys of each queue are being worked on; no more entries than workers. */
  const begun = new Map<string, Set<{ at: number }>>()
  new Gauge({
    name: 'workqueue_unfinished_work_seconds',
    help: "How many seconds of work has done that is in progress and hasn't been observed by work_duration. Large values indicate stuck threads. One can deduce the number of stuck threads by observing the rate at which this increases.",
    labelNames,
    registers,
    collect() {
      for (const [name, set] of begun)
        this.set(
          { name },
          [...set].reduce((sum, { at }) => sum + (now() - at) / 1_000, 0),
        )
    },
  })
  new Gauge({
    name: 'workqueue_longest_running_processor_seconds',
    help: 'How many seconds has the longest running processor for workqueue been running.',
    labelNames,
    registers,
    collect() {
      for (const [name, set] of begun)
        this.set(
          { name },
          [...set].reduce((longest, { at }) => Math.max(longest, (now() - at) / 1_000), 0),
        )
    },
  })
  const master = new Gauge({
    name: 'leader_election_master_status',
    help: "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master. 'name' is the string used to identify the lease. Please make sure to group by name.",
    labelNames,
    registers,
  })
  const managed = new Gauge({
    name: 'running_managed_controllers',
    help: 'Indicates where instances of a controller are currently running',
    labelNames: ['name', 'manager'],
    registers,
  })
  const rootCaSyncs = new Counter({
    name: 'root_ca_cert_publisher_sync_total',
    help: 'Number of namespace syncs happened in root ca cert publisher.',
    labelNames: ['code'],
    registers,
  })
  const rootCaSeconds = new Histogram({
    name: 'root_ca_cert_publisher_sync_duration_seconds',
    help: 'Number of namespace syncs happened in root ca cert publisher.',
    labelNames: ['code'],
    buckets: syncDurations,
    registers,
  })
  const resourcesSyncErrors = new Counter({
    name: 'garbagecollector_controller_resources_sync_error_total',
    help: 'Number of garbage collector resources sync errors',
    registers,
  })
  master.set({ name: leaseName }, 0)
  return {
    registry,
    queue(name) {
      const labels = { name }
      const working = begun.get(name) ?? new Set()
      begun.set(name, working)
      const added = adds.labels(labels)
      const inLine = depth.labels(labels)
      const waited = queueSeconds.labels(labels)
      const worked = workSeconds.labels(labels)
      const retried = retries.labels(labels)
      inLine.set(0)
      return {
        added: () => added.inc(),
        depth: keys => inLine.set(keys),
        queueDuration: seconds => waited.observe(seconds),
        workDuration: seconds => worked.observe(seconds),
        retried: () => retried.inc(),
        working(at) {
          const entry = { at }
          working.add(entry)
          return () => void working.delete(entry)
        },
      }
    },
    leading: leads => master.set({ name: leaseName }, leads ? 1 : 0),
    running: (name, runs) => managed.set({ name, manager: leaseName }, runs ? 1 : 0),
    rootCaSync(code, seconds) {
      rootCaSyncs.inc({ code })
      rootCaSeconds.observe({ code }, seconds)
    },
    garbageCollectorSyncError: () => resourcesSyncErrors.inc(),
    nodes: createNodeMetrics(prom, registry),
  }
}
