import { readFile } from 'node:fs/promises'
import { createClient, followKubeconfig, secureServing } from '@kubets/client'
import { CertificateFiles, type FlagValues, leaderElectionSettings, runMain, UsageError } from '@kubets/component'
import {
  defaultConfiguration,
  parseConfiguration,
  type SchedulerConfiguration,
} from './configuration/scheduler-configuration.ts'
import { schedulerFlags } from './flags.ts'
import { startScheduler } from './start-scheduler.ts'

const userAgent = 'kube-scheduler/v1.36.0+kubets'

await runMain({
  name: 'scheduler',
  privateFiles: true,
  about: 'Assigns pods to nodes: the control plane service that upstream calls kube-scheduler.',
  flags: schedulerFlags,
  async start(flags, logger) {
    const configuration = await configurationFrom(flags)
    const kubeconfig = flags.kubeconfig ?? configuration.kubeconfig
    if (kubeconfig === undefined)
      throw new UsageError('--kubeconfig is needed (or clientConnection.kubeconfig in the --config file)')
    const stopping = new AbortController()
    const certificateFiles = new CertificateFiles({ logger, signal: stopping.signal })
    const config = await followKubeconfig({
      file: kubeconfig,
      userAgent,
      files: certificateFiles,
      ...(flags.master === undefined ? {} : { override: { server: flags.master } }),
    })
    const client = createClient(config)
    const serving = await secureServing(flags, {
      name: 'kube-scheduler',
      userAgent,
      own: { file: kubeconfig, client },
      files: certificateFiles,
      logger,
      signal: stopping.signal,
    })
    const scheduler = await startScheduler({
      client,
      configuration,
      certificateFiles,
      logger,
      ...(serving.health === undefined ? {} : { health: serving.health }),
      onLeadershipLost() {
        // as upstream: a fresh process makes sure that nothing of the old term goes on
        process.exit(1)
      },
    })
    return {
      async stop() {
        await scheduler.stop()
        await serving[Symbol.asyncDispose]()
        await client[Symbol.asyncDispose]()
        stopping.abort()
      },
    }
  },
})

async function configurationFrom(flags: FlagValues<typeof schedulerFlags>): Promise<SchedulerConfiguration> {
  const fromFlags = leaderElectionSettings(flags)
  if (flags.config === undefined) return { ...defaultConfiguration, leaderElection: fromFlags }
  let text: string
  try {
    text = await readFile(flags.config, 'utf8')
  } catch (cause) {
    throw new UsageError(`--config: ${(cause as Error).message}`)
  }
  return parseConfiguration(text)
}
