import { hostname } from 'node:os'
import { LeadershipLostError, runLeaderElection, type TokenClients } from '@kubets/client'
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
  sleep,
  systemClock,
} from '@kubets/component'
import { accountClients } from './account-clients.ts'
import { type ControllerManagerConfiguration, defaultConfiguration } from './configuration.ts'
import type { ControllerClient, ControllerContext } from './context.ts'
import { selectControllers } from './controllers/select-controllers.ts'
import { ResourceMonitors } from './discovery/resource-monitors.ts'
import { apiVersionOf, ServerResources } from './discovery/server-resources.ts'
import { Informers } from './informers/shared-informer.ts'
import { createMetrics } from './metrics.ts'

export interface ControllerManagerOptions {
  /** The caller's: it is not closed here. */
  client: ControllerClient
  /** Each controller speaks as its own service account, over this connection. Default: all speak as the client. */
  tokens?: TokenClients
  configuration?: ControllerManagerConfiguration
  /** Where /healthz, /livez, /readyz and /metrics are served; port 0 takes a free one. Default: nowhere. */
  health?: HealthEndpoint
  /** Unique name of this process in the leader election. Default `host_uuid`. */
  identity?: string
  clock?: Clock
  /** 0 ≤ x < 1; for jitter. */
  random?: () => number
  /** The files of certificates that are followed: their figures stand in `/metrics`. */
  certificateFiles?: CertificateFiles
  logger?: Logger
  /** The lease was lost to another process. Default: stand for election again; upstream's process ends instead. */
  onLeadershipLost?: (error: LeadershipLostError) => void
}

export interface RunningControllerManager extends Running {
  /** Of the health server, if there is one. */
  readonly healthPort: number | undefined
}

/** Milliseconds between tries to learn what the server has, while it is on its way up. */
const discoveryRetry = 250

/** Runs the controllers until it is stopped. Returns at once: the server may still be on its way up. */
export async function startControllerManager(options: ControllerManagerOptions): Promise<RunningControllerManager> {
  const { client } = options
  const configuration = options.configuration ?? defaultConfiguration
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const logger = options.logger ?? silentLogger()
  const { leaderElect, resourceName, resourceNamespace, ...timings } = configuration.leaderElection
  const selected = selectControllers(configuration.controllers)
  const metrics = await createMetrics(resourceName, () => clock.now())
  registerCertificateMetrics(metrics.registry, options.certificateFiles)
  const stopping = new AbortController()
  await using undo = new AsyncDisposableStack()

  let healthPort: number | undefined
  if (options.health) {
    // as upstream: a process that waits for the office is healthy too
    const health = undo.use(await serveHealth({ ...options.health, checks: [], metrics: metrics.registry }))
    healthPort = health.port
  }
  const { tokens } = options
  const clientOf = tokens === undefined ? () => client : accountClients({ client, tokens, clock })
  const serving = leadWhileElected()
  undo.defer(async () => {
    stopping.abort()
    await serving
  })
  return Object.assign(running(undo.move()), { healthPort })

  /** One term: everything that is made here ends with it. */
  async function lead(signal: AbortSignal): Promise<void> {
    const resources = new ServerResources(client, logger)
    if (!(await discovered(resources, signal))) return
    metrics.leading(true)
    await using term = new AsyncDisposableStack()
    term.defer(() => metrics.leading(false))
    const shared = { client, clock, random, logger }
    const informers = term.use(new Informers(shared))
    const monitors = term.use(
      new ResourceMonitors({
        ...shared,
        resources,
        period: configuration.discoveryPeriod,
        onSyncError: () => metrics.garbageCollectorSyncError(),
      }),
    )
    // controllers end before what they read from
    const context: ControllerContext = {
      ...shared,
      configuration,
      informers,
      resources,
      monitors,
      metrics,
      undo: term.use(new AsyncDisposableStack()),
    }
    for (const controller of selected) {
      const missing = controller.needs.filter(ref => !resources.serves(ref))
      const why =
        missing.length > 0
          ? `the server has no ${missing.map(ref => `${ref.resource} of ${apiVersionOf(ref)}`).join(', ')}`
          : controller.unless?.(context)
      if (why !== undefined) {
        logger.warn({ controller: controller.name, why }, 'Skipping a controller')
        continue
      }
      controller.start({ ...context, client: clientOf(controller.account) })
      metrics.running(controller.name, true)
      context.undo.defer(() => metrics.running(controller.name, false))
      logger.info({ controller: controller.name }, 'Started a controller')
    }
    informers.start()
    monitors.start()
    await aborted(signal)
  }

  async function discovered(resources: ServerResources, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        await resources.refresh(signal)
        return true
      } catch (err) {
        if (!signal.aborted) logger.warn({ err }, 'The server does not say yet what it has')
      }
      await sleep(discoveryRetry, signal, clock)
    }
    return false
  }

  async function leadWhileElected(): Promise<void> {
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
          clock,
          random,
          logger,
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
