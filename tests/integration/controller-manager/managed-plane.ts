import { createClient, createTokenClients } from '@kubets/client'
import { createLogger, silentLogger } from '@kubets/component'
import {
  type ControllerManagerConfiguration,
  defaultConfiguration,
  startControllerManager,
} from '@kubets/controller-manager'
import { type ControlPlane, startControlPlane } from '../control-plane.ts'

/** An api-server over the embedded store with its controllers: no scheduler, no nodes, so that tests play the kubelet. */
export async function startManagedPlane(more: Partial<ControllerManagerConfiguration> = {}): Promise<ControlPlane> {
  await using undo = new AsyncDisposableStack()
  const plane = undo.use(await startControlPlane({ disabledAdmission: ['ServiceAccount'] }))
  const config = await plane.configOf('system:kube-controller-manager')
  const client = undo.use(createClient(config))
  const tokens = undo.use(createTokenClients(config))
  const manager = await startControllerManager({
    client,
    tokens,
    configuration: {
      ...defaultConfiguration,
      leaderElection: { ...defaultConfiguration.leaderElection, leaderElect: false },
      rootCa: 'the authority',
      namespaceDeletionGracePeriod: 0,
      ...more,
    },
    logger: process.env.KUBETS_TEST_LOGS
      ? createLogger({ component: 'controller-manager', verbosity: 4 })
      : silentLogger(),
  })
  undo.defer(() => manager.stop())
  const owned = undo.move()
  return { ...plane, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
