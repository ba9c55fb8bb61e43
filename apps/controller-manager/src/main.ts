import { readFile } from 'node:fs/promises'
import { createClient, createTokenClients, loadKubeconfig } from '@kubets/client'
import { type FlagValues, leaderElectionSettings, runMain, UsageError } from '@kubets/component'
import { type ControllerManagerConfiguration, defaultConfiguration } from './configuration.ts'
import { selectControllers } from './controllers/select-controllers.ts'
import { controllerManagerFlags } from './flags.ts'
import { signersFrom } from './signers.ts'
import { startControllerManager } from './start-controller-manager.ts'

await runMain({
  name: 'controller-manager',
  privateFiles: true,
  about:
    'Runs the controllers that bring the cluster to what its objects ask for: the control plane service that upstream calls kube-controller-manager.',
  flags: controllerManagerFlags,
  async start(flags, logger) {
    const configuration = configurationFrom(flags)
    if (flags.kubeconfig === undefined) throw new UsageError('--kubeconfig is needed')
    const config = await loadKubeconfig(
      { file: flags.kubeconfig },
      { userAgent: 'kube-controller-manager/v1.36.0+kubets' },
    )
    if (flags.master !== undefined) config.server = flags.master
    const rootCa = flags['root-ca-file'] === undefined ? config.ca : await readRootCa(flags['root-ca-file'])
    if (rootCa !== undefined) configuration.rootCa = rootCa
    configuration.signers = await signersFrom(flags)
    const client = createClient(config)
    const tokens = flags['use-service-account-credentials'] ? createTokenClients(config) : undefined
    const manager = await startControllerManager({
      client,
      ...(tokens === undefined ? {} : { tokens }),
      configuration,
      logger,
      ...(flags['secure-port'] === 0 ? {} : { health: { host: flags['bind-address'], port: flags['secure-port'] } }),
      onLeadershipLost() {
        // as upstream: a fresh process makes sure that nothing of the old term goes on
        process.exit(1)
      },
    })
    return {
      async stop() {
        await manager.stop()
        await tokens?.[Symbol.asyncDispose]()
        await client[Symbol.asyncDispose]()
      },
    }
  },
})

function configurationFrom(flags: FlagValues<typeof controllerManagerFlags>): ControllerManagerConfiguration {
  selectControllers(flags.controllers) // names nobody knows are a usage error
  return {
    ...defaultConfiguration,
    controllers: flags.controllers,
    leaderElection: leaderElectionSettings(flags),
    concurrency: {
      daemonSet: flags['concurrent-daemonset-syncs'],
      deployment: flags['concurrent-deployment-syncs'],
      cronJob: flags['concurrent-cron-job-syncs'],
      job: flags['concurrent-job-syncs'],
      ttlAfterFinished: flags['concurrent-ttl-after-finished-syncs'],
      validatingAdmissionPolicyStatus: flags['concurrent-validating-admission-policy-status-syncs'],
      statefulSet: flags['concurrent-statefulset-syncs'],
      replicaSet: flags['concurrent-replicaset-syncs'],
      replicationController: flags.concurrent_rc_syncs,
      garbageCollector: flags['concurrent-gc-syncs'],
      namespace: flags['concurrent-namespace-syncs'],
      resourceQuota: flags['concurrent-resource-quota-syncs'],
    },
    signingDuration: flags['cluster-signing-duration'],
    enableGarbageCollector: flags['enable-garbage-collector'],
    namespaceSyncPeriod: flags['namespace-sync-period'],
    resourceQuotaSyncPeriod: flags['resource-quota-sync-period'],
    nodes: {
      monitorPeriod: flags['node-monitor-period'],
      monitorGracePeriod: flags['node-monitor-grace-period'],
      startupGracePeriod: flags['node-startup-grace-period'],
      evictionRate: flags['node-eviction-rate'],
      secondaryEvictionRate: flags['secondary-node-eviction-rate'],
      largeClusterSizeThreshold: flags['large-cluster-size-threshold'],
      unhealthyZoneThreshold: flags['unhealthy-zone-threshold'],
    },
    terminatedPodGcThreshold: flags['terminated-pod-gc-threshold'],
  }
}

async function readRootCa(file: string): Promise<string> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`--root-ca-file: ${(cause as Error).message}`)
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new UsageError(
      `error parsing root-ca-file at ${file}: data does not contain any valid RSA or ECDSA certificates`,
    )
  return text
}
