import { RpcError, rpcCode } from '../errors.ts'
import type { ContainerStats, PodSandboxStats } from '../messages/index.ts'
import type { Loose } from '../messages/loose.ts'
import type { RuntimeService } from '../methods.ts'
import type { FakeContainer, FakeSandbox, FakeState } from './state.ts'

/** Nothing runs, so everything uses nothing. */
export function fakeStats(
  state: FakeState,
  now: () => number,
): Pick<
  RuntimeService,
  | 'containerStats'
  | 'listContainerStats'
  | 'streamContainerStats'
  | 'podSandboxStats'
  | 'listPodSandboxStats'
  | 'streamPodSandboxStats'
  | 'listMetricDescriptors'
  | 'listPodSandboxMetrics'
  | 'streamPodSandboxMetrics'
> {
  const usage = () => {
    const timestamp = String(BigInt(now()) * 1_000_000n)
    return {
      cpu: { timestamp, usageCoreNanoSeconds: { value: '0' }, usageNanoCores: { value: '0' } },
      memory: { timestamp, workingSetBytes: { value: '0' }, usageBytes: { value: '0' }, rssBytes: { value: '0' } },
    }
  }
  const ofContainer = ({ status }: FakeContainer): Loose<ContainerStats> => ({
    attributes: { id: status.id, metadata: status.metadata, labels: status.labels, annotations: status.annotations },
    ...usage(),
  })
  const running = () => [...state.containers.values()].filter(c => c.status.state === 'CONTAINER_RUNNING')
  const ofSandbox = ({ status }: FakeSandbox): Loose<PodSandboxStats> => ({
    attributes: { id: status.id, metadata: status.metadata, labels: status.labels, annotations: status.annotations },
    linux: {
      ...usage(),
      containers: running()
        .filter(c => c.sandboxId === status.id)
        .map(ofContainer),
    },
  })
  const pods = () => [...state.sandboxes.values()].filter(s => s.status.state === 'SANDBOX_READY').map(ofSandbox)
  return {
    async containerStats({ containerId }) {
      const container = state.containers.get(containerId)
      if (container === undefined) throw new RpcError(rpcCode.notFound, `container "${containerId}" not found`)
      return { stats: ofContainer(container) }
    },
    async listContainerStats() {
      return { stats: running().map(ofContainer) }
    },
    async *streamContainerStats() {
      yield { containerStats: running().map(ofContainer) }
    },
    async podSandboxStats({ podSandboxId }) {
      const sandbox = state.sandboxes.get(podSandboxId)
      if (sandbox === undefined) throw new RpcError(rpcCode.notFound, `sandbox "${podSandboxId}" not found`)
      return { stats: ofSandbox(sandbox) }
    },
    async listPodSandboxStats() {
      return { stats: pods() }
    },
    async *streamPodSandboxStats() {
      yield { podSandboxStats: pods() }
    },
    async listMetricDescriptors() {
      return { descriptors: [] }
    },
    async listPodSandboxMetrics() {
      return { podMetrics: [] }
    },
    async *streamPodSandboxMetrics() {
      yield { podSandboxMetrics: [] }
    },
  }
}
