import { builtinCatalogue, builtinSchemas, createOpenApi } from '@kubets/api-types'
import {
  type Clock,
  fixed,
  followedOf,
  type Logger,
  type Running,
  running,
  silentLogger,
  systemClock,
} from '@kubets/component'
import { createWatchCache, startCompactor, translatedStore } from '@kubets/storage'
import { admission } from './admission/admission.ts'
import { choosePlugins } from './admission/plugin-names.ts'
import { orderedPlugins, rulesOfValidation } from './admission/plugins/index.ts'
import type { Audit, AuditOptions } from './audit/start-audit.ts'
import { startAuthentication } from './authentication/start-authentication.ts'
import { startAuthorization } from './authorization/start-authorization.ts'
import { bootstrap } from './bootstrap/bootstrap.ts'
import { discovery } from './discovery/discovery.ts'
import { discoveryPaths } from './discovery/groups.ts'
import { Connections } from './front/connections.ts'
import { Crowds } from './front/crowds.ts'
import { listen } from './front/listener.ts'
import { divideOpenFiles, openFilesLimit } from './front/open-files.ts'
import { handlerChain } from './handlers/chain.ts'
import { ImpersonationMetrics } from './handlers/impersonation/impersonation-metrics.ts'
import { MaxInFlight } from './handlers/max-in-flight.ts'
import { RequestTurns } from './handlers/request-turns.ts'
import { runChain } from './handlers/run-chain.ts'
import { RequestMetrics } from './metrics/request-metrics.ts'
import type { ApiServerOptions } from './options.ts'
import { outerSurface } from './outer/outer-surface.ts'
import { storeCheck } from './outer/store-check.ts'
import { kubeletClient } from './proxy/kubelet.ts'
import { OutgoingConnections } from './proxy/outgoing-connections.ts'
import { AnsweringStore } from './resources/answering-store.ts'
import { ChunkPool } from './resources/chunked-body.ts'
import { createCodec } from './resources/codec.ts'
import { describeEntries } from './resources/describe.ts'
import { encryptedStorage } from './resources/encrypted-storage.ts'
import { EventLeases } from './resources/event-leases.ts'
import { FanOut } from './resources/fan-out.ts'
import { SegmentsUnderWay } from './resources/gzip-segments.ts'
import type { WriteHook } from './resources/hooks.ts'
import { KeyQueues } from './resources/key-queues.ts'
import { listTurns } from './resources/list-turns.ts'
import type { Rest } from './resources/rest.ts'
import { resourceRouter } from './resources/router.ts'
import { storedForms } from './resources/stored-forms.ts'
import { subresourceHandlers } from './resources/subresources/index.ts'
import { Audiences } from './resources/watch-audiences.ts'
import { WatchGroups } from './resources/watch-groups.ts'
import { WatchTicker } from './resources/watch-ticker.ts'
import { WrittenObjects } from './resources/written-objects.ts'
import { reviewHandlers } from './reviews/index.ts'
import { servedCatalogue } from './runtime-config.ts'
import { serviceAccountTokens } from './service-accounts/index.ts'
import { startServices } from './services/start-services.ts'
import { startUpkeep } from './upkeep/index.ts'
import { ValidationThread } from './validation/index.ts'

export interface ApiServer extends Running {
  readonly port: number
  /** `https://<advertised address>:<port>` */
  readonly url: string
}

/** Starts the api-server over a store. Resolves when it serves: the cache is loaded, the bootstrap objects stand, the port is open. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const logger = options.logger ?? silentLogger()
  const clock = options.clock ?? systemClock
  const bindAddress = options.bindAddress ?? '0.0.0.0'
  const advertiseAddress =
    options.advertiseAddress ?? (bindAddress === '0.0.0.0' || bindAddress === '::' ? '127.0.0.1' : bindAddress)
  const catalogue = options.catalogue ?? builtinCatalogue
  const served = servedCatalogue(catalogue, options.runtimeConfig)

  await using undo = new AsyncDisposableStack()
  const codec = createCodec(builtinSchemas)
  const { store: opened, encryption } = await encryptedStorage(options, { catalogue, logger, clock })
  const store = translatedStore(
    opened,
    storedForms({ catalogue, schemas: builtinSchemas, codec }, options.storageMediaType),
  )
  if (encryption !== undefined) undo.use(encryption)
  const describe = describeEntries(catalogue, { codec, schemas: builtinSchemas })
  const cache = undo.use(createWatchCache({ store, describe, logger, clock, passingBytes: options.keptListBytes }))
  // what could not be opened may be now
  encryption?.onReload(() => {
    if (cache.unreadable.size > 0) cache.openAgain()
  })
  const ticker = new WatchTicker(clock)
  undo.defer(() => ticker.stop())
  const hooks = new Map<string, WriteHook>()
  const stopping = new AbortController()
  undo.defer(() => stopping.abort())
  const chosen = choosePlugins(options.admissionPlugins ?? {}, message => logger.warn(message))
  if (chosen.has('ImagePolicyWebhook') && options.admissionConfiguration?.imagePolicy === undefined)
    throw new RangeError('failed to initialize admission plugin "ImagePolicyWebhook": no config specified')
  const pluginOptions = { cache, store, clock, signal: stopping.signal, rest: () => rest, authorizer: () => authorizer }
  const plugins = orderedPlugins(pluginOptions, options.admissionConfiguration).filter(({ name }) => chosen.has(name))
  const limits = options.limits ?? {}
  const inFlight = new MaxInFlight(limits.inFlight)
  const requests = new RequestTurns(() => inFlight.count)
  const rest: Rest = {
    catalogue,
    store: new AnsweringStore(store, requests),
    cache,
    describe,
    schemas: builtinSchemas,
    codec,
    admission: admission([
      ...plugins,
      ...rulesOfValidation(pluginOptions, { allowPrivileged: options.allowPrivileged ?? false }),
    ]),
    hooks,
    leases: new EventLeases(store, clock, options.eventTtl ?? 3_600_000, options.leaseReuseDuration),
    ticker,
    fanOut: new FanOut(),
    audiences: new Audiences(),
    groups: new WatchGroups(cache),
    written: new WrittenObjects(),
    chunks: new ChunkPool(),
    turns: listTurns,
    requests,
    segments: new SegmentsUnderWay(),
    queues: new KeyQueues(),
    validation: undo.use(new ValidationThread(clock, logger)),
    clock,
    logger,
    minRequestTimeout: (options.minRequestTimeout ?? 1_800_000) / 1000,
  }
  await cache.ready
  const serviceClusterIpRange = options.serviceClusterIpRange ?? '10.96.0.0/16'
  const services = undo.use(
    await startServices({
      rest,
      serviceClusterIpRange,
      serviceNodePortRange: options.serviceNodePortRange ?? '30000-32767',
    }),
  )
  hooks.set('services', services.hook)
  const interval = options.compactionInterval ?? 300_000
  if (interval > 0) {
    const compactor = await startCompactor({
      store,
      interval,
      clock,
      logger,
      onCompacted: revision => cache.compacted(revision),
    })
    undo.defer(() => compactor.stop())
  }

  const kubelets = undo.use(kubeletClient(options.kubeletClient ?? {}))
  const auditing = options.audit === undefined ? undefined : await startAuditing(options.audit, clock, logger)
  if (auditing !== undefined) undo.use(auditing)
  const accounts = serviceAccountTokens(options.serviceAccounts, rest)
  const serving = Promise.withResolvers<void>()
  const { authorizer, ...authorization } = await startAuthorization({
    served: serving.promise,
    options: options.authorization ?? ['AlwaysAllow'],
    cache,
    catalogue,
    clock,
    logger,
    signal: stopping.signal,
  })
  for (const [name, hook] of authorization.hooks) hooks.set(name, hook)
  const requestHeaders = options.authentication?.requestHeaders
  const clientCa = options.clientCa === undefined ? undefined : followedOf(options.clientCa)
  const authentication = await startAuthentication({
    options: options.authentication ?? {},
    clientCa,
    tokens: options.tokens ?? '',
    serviceAccounts: accounts.authenticators,
    audiences: accounts.audiences,
    issuers: options.serviceAccounts?.issuers ?? [],
    rest,
    signal: stopping.signal,
    anonymous: authorization.anonymous,
  })
  let port = options.port
  const impersonation = new ImpersonationMetrics()
  const metrics = new RequestMetrics()
  const openFiles = divideOpenFiles(openFilesLimit())
  const connections = new Connections({
    ...limits.connections,
    most: Math.min(limits.connections?.most ?? openFiles.clients, openFiles.mostClients),
    onFull: (refused, open) =>
      logger.warn({ refused, open }, 'There are too many connections (--max-connections, limit of open files)'),
  })
  const outgoing = new OutgoingConnections(openFiles.proxied)
  metrics.isKnown = (group, version, resource) => served.byResource(group, version, resource) !== undefined
  let bootstrapped = false
  const etcd = storeCheck('etcd', store, clock, options.healthcheckTimeout)
  const readiness = storeCheck('etcd-readiness', store, clock, options.readycheckTimeout)
  const hook = {
    name: 'poststarthook/bootstrap-controller',
    check: () => {
      if (!bootstrapped) throw new Error('not finished')
    },
  }
  const reloading =
    options.encryption?.reload === true
      ? [{ name: 'poststarthook/start-encryption-provider-config-automatic-reload', check: () => undefined }]
      : []
  const roles = { ...hook, name: 'poststarthook/rbac/bootstrap-roles' }
  const checks = [etcd, ...(authorization.rbac ? [roles] : []), hook, ...reloading]
  const chain = undo.use(
    runChain({
      logger,
      metrics,
      inFlight,
      requestTimeout: limits.requestTimeout ?? 60_000,
      chain: handlerChain({
        ...authentication,
        audit: auditing,
        impersonation,
        authorizer,
        metrics,
        inFlight,
        requests,
        strictTransportSecurity: options.strictTransportSecurity ?? [],
        resources: resourceRouter({
          catalogue: served,
          rest,
          subresources: {
            ...subresourceHandlers(kubelets, authorizer, outgoing),
            ...reviewHandlers(authentication.tokens, authorizer),
            ...accounts.handlers,
          },
        }),
        discovery: discovery({ catalogue: served, address: () => `${advertiseAddress}:${port}` }),
        outer: outerSurface({
          metrics,
          families: [
            ...inFlight.metrics(),
            ...connections.metrics(),
            ...outgoing.metrics(),
            ...authorization.metrics,
            authentication.certificates.metric(),
            ...(options.certificateFiles?.families() ?? []),
            ...impersonation.families(),
            ...(auditing?.metrics.families() ?? []),
            ...(encryption?.metrics ?? []),
          ],
          health: {
            healthz: [...checks, ...(encryption?.healthChecks ?? [])],
            livez: checks,
            readyz: [readiness, ...checks, ...(encryption?.healthChecks ?? [])],
          },
          openApi: createOpenApi({ catalogue: served, issuerDiscovery: accounts.documents !== undefined }),
          issuer: accounts.documents,
          address: () => `${hostOf(advertiseAddress)}:${port}`,
          apiPaths: discoveryPaths(served),
        }),
      }),
    }),
  )
  const listener = undo.use(
    await listen({
      bindAddress,
      port,
      tls: { ...options.tls, pair: 'pair' in options.tls ? options.tls.pair : fixed(options.tls) },
      clientCa: [clientCa, requestHeaders && followedOf(requestHeaders.ca)].filter(ca => ca !== undefined),
      ...(limits.listener === undefined ? {} : { limits: limits.listener }),
      ...(limits.goawayChance === undefined ? {} : { goawayChance: limits.goawayChance }),
      connections,
      crowds: options.setV8Flag && new Crowds({ set: options.setV8Flag }),
      onTlsError: error => logger.error({ err: error }, 'New certificates cannot be served: those before stay'),
      onExchange: chain.handle,
    }),
  )
  port = listener.port
  undo.use(
    await bootstrap({
      rest,
      served,
      advertiseAddress,
      port,
      serviceClusterIpRange,
      endpointReconcilerType: options.endpointReconcilerType ?? 'lease',
      apiserverCount: options.apiserverCount ?? 1,
      clientCa,
      requestHeaders,
      rbac: authorization.rbac,
    }),
  )
  undo.use(startUpkeep(rest, { proxyClient: options.proxyClient }))
  bootstrapped = true
  serving.resolve()
  logger.info({ address: bindAddress, port }, 'Serving securely')
  return { ...running(undo.move()), port, url: `https://${hostOf(advertiseAddress)}:${port}` }
}

/** Loaded only where something is recorded. */
async function startAuditing(options: AuditOptions, clock: Clock, logger: Logger): Promise<Audit | undefined> {
  const { startAudit } = await import('./audit/start-audit.ts')
  return startAudit(options, clock, logger)
}

const hostOf = (address: string) => (address.includes(':') ? `[${address}]` : address)
