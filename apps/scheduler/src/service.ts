import { readFile } from 'node:fs/promises'
import { openClusterAccess } from '@kubets/client'
import { type FlagValues, leaderElectionSettings, runMain, running, UsageError } from '@kubets/component'
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
    await using undo = new AsyncDisposableStack()
    const { client, certificateFiles, health } = undo.use(
      await openClusterAccess(flags, { name: 'kube-scheduler', userAgent, kubeconfig, logger }),
    )
    const scheduler = await startScheduler({
      client,
      configuration,
      certificateFiles,
      logger,
      ...(health === undefined ? {} : { health }),
      onLeadershipLost() {
        // as upstream: a fresh process makes sure that nothing of the old term goes on
        process.exit(1)
      },
    })
    undo.defer(() => scheduler.stop())
    return running(undo.move())
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
