import { hostname } from 'node:os'
import { createEventRecorder, LeadershipLostError, runLeaderElection } from '@kubets/client'
import {
  type CertificateFiles,
  type Clock,
  type HealthEndpoint,
  type Logger,
  type Running,
  registerCertificateMetrics,
  running,
  serveHealth,
  silentLogger,
  systemClock,
} from '@kubets/component'
import type { SchedulerClient } from './client.ts'
import { defaultConfiguration, type SchedulerConfiguration } from './configuration/scheduler-configuration.ts'
import { createMetrics } from './metrics.ts'
import { Nominations } from './preemption/nominations.ts'
import { createProfiles } from './profiles.ts'
import { createHint } from './queue/hints.ts'
import { SchedulingQueue } from './queue/scheduling-queue.ts'
import { SchedulingLoop } from './scheduling/scheduling-loop.ts'
import { watchCluster } from './watch-cluster.ts'
import { Evictor } from './writes/evictor.ts'
import { createStatusWriter } from './writes/status-writer.ts'

export interface SchedulerOptions {
  /** The caller's: it is not closed here. */
  client: SchedulerClient
  configuration?: SchedulerConfiguration
  /** Where /healthz, /livez, /readyz and /metrics are served; port 0 takes a free one. Default: nowhere. */
  health?: HealthEndpoint
  /** Unique name of this process in the leader election. Default `host_uuid`. */
  identity?: string
  clock?: Clock
  /** 0 ≤ x < 1; for ties and jitter. */
  random?: () => number
  /** The files of certificates that are followed: their figures stand in `/metrics`. */
  certificateFiles?: CertificateFiles
  logger?: Logger
  /** The lease was lost to another process. Default: stand for election again; upstream's process ends instead. */
  onLeadershipLost?: (error: LeadershipLostError) => void
}

export interface RunningScheduler extends Running {
  /** Of the health server, if there is one. */
  readonly healthPort: number | undefined
}

/** Assigns pods to nodes until it is stopped. Returns at once: the server may still be on its way up. */
export async function startScheduler(options: SchedulerOptions): Promise<RunningScheduler> {
  const { client } = options
  const configuration = options.configuration ?? defaultConfiguration
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const logger = options.logger ?? silentLogger()
  const common = { clock, random, logger }
  const stopping = new AbortController()
  const profiles = createProfiles(configuration, random)
  const nominations = new Nominations()
  await using undo = new AsyncDisposableStack()
  let loop: SchedulingLoop | undefined

  // first up, last down: what is written about pods outlives those who ask for it
  const recorders = new Map(
    [...profiles.keys()].map(component => [component, undo.use(createEventRecorder({ client, component, ...common }))]),
  )
  const events = (schedulerName: string) => {
    const recorder = recorders.get(schedulerName)
    if (recorder === undefined) throw new Error(`no profile for scheduler name ${schedulerName}`)
    return recorder
  }
  const statusWriter = undo.use(createStatusWriter({ client, ...common }))
  const evictor = undo.use(new Evictor({ client, events, ...common }))
  const queue = undo.use(
    new SchedulingQueue({
      clock,
      initialBackoff: configuration.podInitialBackoff,
      maxBackoff: configuration.podMaxBackoff,
      onReady: () => loop?.wake(),
    }),
  )
  const cluster = undo.use(
    watchCluster({
      client,
      queue,
      isOurs: name => profiles.has(name),
      onEvent(event) {
        queue.moveWhere(createHint(event, cluster.cache, ({ pod }) => profiles.get(pod.schedulerName)?.plugins ?? []))
      },
      onNominated: pod => nominations.set(pod, pod.nominatedNodeName),
      onSettled(uid) {
        nominations.delete(uid)
        statusWriter.drop(uid)
      },
      ...common,
    }),
  )
  const { cache } = cluster
  const metrics = await createMetrics({
    pending: state => queue.count(state),
    cacheSize: () => ({
      nodes: cache.nodes.order.length,
      pods: cache.podCount,
      assumedPods: cache.assumedCount,
    }),
  })
  registerCertificateMetrics(metrics.registry, options.certificateFiles)
  const scheduling = undo.use(
    new SchedulingLoop({
      client,
      queue,
      cache,
      nominations,
      profiles,
      events,
      statusWriter,
      evictor,
      metrics,
      ...common,
    }),
  )

  loop = scheduling

  let healthPort: number | undefined
  if (options.health) {
    const health = undo.use(
      await serveHealth({
        ...options.health,
        checks: [
          {
            name: 'informer-sync',
            check() {
              if (!cluster.hasSynced()) throw new Error('the informers have not synced')
            },
          },
        ],
        metrics: metrics.registry,
      }),
    )
    healthPort = health.port
  }

  const lead = async (signal: AbortSignal) => {
    await Promise.race([cluster.synced, aborted(signal)])
    if (!signal.aborted) logger.info('Starting to schedule pods')
    await scheduling.run(signal)
  }
  const serving = leadWhileElected(lead)
  undo.defer(async () => {
    stopping.abort()
    await serving
  })
  return Object.assign(running(undo.move()), { healthPort })

  async function leadWhileElected(lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { leaderElect, resourceName, resourceNamespace, ...timings } = configuration.leaderElection
    if (!leaderElect) return lead(stopping.signal)
    const identity = options.identity ?? `${hostname()}_${crypto.randomUUID()}`
    while (!stopping.signal.aborted) {
      try {
        await runLeaderElection({
          client,
          namespace: resourceNamespace,
          name: resourceName,
          identity,
          lead,
          signal: stopping.signal,
          onNewLeader: holder => logger.info({ holder }, 'New leader elected'),
          ...timings,
          ...common,
        })
      } catch (error) {
        if (!(error instanceof LeadershipLostError)) throw error
        logger.error({ err: error }, 'Leader election lost')
        options.onLeadershipLost?.(error)
      }
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
