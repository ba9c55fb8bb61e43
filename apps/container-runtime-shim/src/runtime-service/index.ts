/** CRI's `RuntimeService`, one RPC a file. */
import type { RuntimeService } from '@kubets/cri'
import type { ShimContext } from '../context.ts'
import { checkpointContainer } from './checkpoint-container.ts'
import { containerStatus } from './container-status.ts'
import { createContainer } from './create-container.ts'
import { execSync } from './exec-sync.ts'
import { getContainerEvents } from './get-container-events.ts'
import { listContainers, streamContainers } from './list-containers.ts'
import { listPodSandbox, streamPodSandboxes } from './list-pod-sandbox.ts'
import { metricsMethods } from './metrics.ts'
import { podSandboxStatus } from './pod-sandbox-status.ts'
import { removeContainer } from './remove-container.ts'
import { removePodSandbox } from './remove-pod-sandbox.ts'
import { reopenContainerLog } from './reopen-container-log.ts'
import { runPodSandbox } from './run-pod-sandbox.ts'
import { runtimeConfig, updateRuntimeConfig } from './runtime-config.ts'
import { startContainer } from './start-container.ts'
import { statsMethods } from './stats/index.ts'
import { status } from './status.ts'
import { stopContainer } from './stop-container.ts'
import { stopPodSandbox } from './stop-pod-sandbox.ts'
import { attach, exec, portForward } from './streams.ts'
import { updateContainerResources } from './update-container-resources.ts'
import { updatePodSandboxResources } from './update-pod-sandbox-resources.ts'
import { version } from './version.ts'

export const createRuntimeService = (ctx: ShimContext): RuntimeService => ({
  version: version(),
  status: status(ctx),
  runtimeConfig: runtimeConfig(),
  updateRuntimeConfig: updateRuntimeConfig(),
  runPodSandbox: runPodSandbox(ctx),
  stopPodSandbox: stopPodSandbox(ctx),
  removePodSandbox: removePodSandbox(ctx),
  podSandboxStatus: podSandboxStatus(ctx),
  listPodSandbox: listPodSandbox(ctx),
  streamPodSandboxes: streamPodSandboxes(ctx),
  updatePodSandboxResources: updatePodSandboxResources(ctx),
  createContainer: createContainer(ctx),
  startContainer: startContainer(ctx),
  stopContainer: stopContainer(ctx),
  removeContainer: removeContainer(ctx),
  containerStatus: containerStatus(ctx),
  listContainers: listContainers(ctx),
  streamContainers: streamContainers(ctx),
  updateContainerResources: updateContainerResources(ctx),
  reopenContainerLog: reopenContainerLog(ctx),
  checkpointContainer: checkpointContainer(ctx),
  execSync: execSync(ctx),
  exec: exec(ctx),
  attach: attach(ctx),
  portForward: portForward(ctx),
  getContainerEvents: getContainerEvents(ctx),
  ...statsMethods(ctx),
  ...metricsMethods(ctx),
})
