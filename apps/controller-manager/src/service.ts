import { createTokenClients, openClusterAccess } from '@kubets/client'
import {
  type CertificateFiles,
  type FlagValues,
  type Followed,
  leaderElectionSettings,
  mapFollowed,
  runMain,
  running,
  UsageError,
} from '@kubets/component'
import { type ControllerManagerConfiguration, defaultConfiguration } from './configuration.ts'
import { selectControllers } from './controllers/select-controllers.ts'
import { controllerManagerFlags } from './flags.ts'
import { signersFrom } from './signers.ts'
import { startControllerManager } from './start-controller-manager.ts'

const userAgent = 'kube-controller-manager/v1.36.0+kubets'

await runMain({
  name: 'controller-manager',
  privateFiles: true,
  about:
    'Runs the controllers that bring the cluster to what its objects ask for: the control plane service that upstream calls kube-controller-manager.',
  flags: controllerManagerFlags,
  async start(flags, logger) {
    const configuration = configurationFrom(flags)
    if (flags.kubeconfig === undefined) throw new UsageError('--kubeconfig is needed')
    await using undo = new AsyncDisposableStack()
    const { client, config, certificateFiles, health } = undo.use(
      await openClusterAccess(flags, {
        name: 'kube-controller-manager',
        userAgent,
        kubeconfig: flags.kubeconfig,
        logger,
      }),
    )
    const rootCaFile = flags['root-ca-file'] ?? ''
    if (rootCaFile !== '') configuration.rootCa = await rootAuthority(rootCaFile, certificateFiles)
    else if (config.current.ca !== undefined)
      configuration.rootCa = mapFollowed(
        config,
        ({ ca = '' }) => ca,
        error => logger.error({ err: error }, 'A new authority is not published'),
      )
    configuration.signers = await signersFrom(flags)
    const tokens = flags['use-service-account-credentials'] ? undo.use(createTokenClients(config)) : undefined
    const manager = await startControllerManager({
      client,
      ...(tokens === undefined ? {} : { tokens }),
      configuration,
      certificateFiles,
      logger,
      ...(health === undefined ? {} : { health }),
      onLeadershipLost() {
        // as upstream: a fresh process makes sure that nothing of the old term goes on
        process.exit(1)
      },
    })
    undo.defer(() => manager.stop())
    return running(undo.move())
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

function rootAuthority(path: string, files: CertificateFiles): Promise<Followed<string>> {
  const load = ([text = '']: readonly string[]) => {
    if (!text.includes('-----BEGIN CERTIFICATE-----'))
      throw new Error(
        `error parsing root-ca-file at ${path}: data does not contain any valid RSA or ECDSA certificates`,
      )
    return text
  }
  return files
    .follow('root-ca', [{ flag: 'root-ca-file', path }], load, pem => pem)
    .catch((cause: Error) => {
      throw new UsageError(cause.message)
    })
}
