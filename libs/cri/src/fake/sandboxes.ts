import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { RpcError, rpcCode } from '../errors.ts'
import type { PodSandbox, PodSandboxFilter } from '../messages/index.ts'
import type { RuntimeService } from '../methods.ts'
import type { createAddresses } from './addresses.ts'
import type { Containers } from './containers.ts'
import type { EventStream } from './event-stream.ts'
import type { FakeState } from './state.ts'

export interface FakeParts {
  state: FakeState
  addresses: ReturnType<typeof createAddresses>
  events: EventStream
  now: () => number
}

type Methods = Pick<
  RuntimeService,
  | 'runPodSandbox'
  | 'stopPodSandbox'
  | 'removePodSandbox'
  | 'podSandboxStatus'
  | 'listPodSandbox'
  | 'streamPodSandboxes'
  | 'updatePodSandboxResources'
>

export function createSandboxes(
  { state, addresses, events, now }: FakeParts,
  containers: Containers,
): { methods: Methods } {
  for (const { status } of state.sandboxes.values())
    if (status.state === 'SANDBOX_READY' && status.network?.ip) addresses.use(status.network.ip)

  function stop(id: string): void {
    const sandbox = state.sandboxes.get(id)
    if (sandbox === undefined) return // as upstream's runtimes: what is gone counts as stopped
    for (const container of [...state.containers.values()])
      if (container.sandboxId === id) containers.end(container.status.id, 137)
    if (sandbox.status.state === 'SANDBOX_NOTREADY') return
    if (sandbox.status.network?.ip) addresses.free(sandbox.status.network.ip)
    sandbox.status.state = 'SANDBOX_NOTREADY'
    if (sandbox.status.network) sandbox.status.network = { ip: '', additionalIps: [] }
    state.changed()
    events.emit(id, 'CONTAINER_STOPPED_EVENT', id)
  }

  function list(filter: PodSandboxFilter | null): PodSandbox[] {
    return [...state.sandboxes.values()]
      .map(({ status }) => status)
      .filter(
        s =>
          (!filter?.id || s.id.startsWith(filter.id)) &&
          (!filter?.state || s.state === filter.state.state) &&
          Object.entries(filter?.labelSelector ?? {}).every(([key, value]) => s.labels[key] === value),
      )
      .map(({ id, metadata, state, createdAt, labels, annotations, runtimeHandler }) => ({
        id,
        metadata,
        state,
        createdAt,
        labels,
        annotations,
        runtimeHandler,
      }))
  }

  return {
    methods: {
      async runPodSandbox({ config, runtimeHandler }) {
        if (!config?.metadata) throw new RpcError(rpcCode.invalidArgument, 'sandbox config has no metadata')
        const { metadata } = config
        for (const { status } of state.sandboxes.values())
          if (status.metadata?.uid === metadata.uid && status.metadata.attempt === metadata.attempt)
            throw new RpcError(
              rpcCode.alreadyExists,
              `sandbox ${metadata.name}_${metadata.namespace}_${metadata.uid}_${metadata.attempt} exists already`,
            )
        if (config.logDirectory) await mkdir(config.logDirectory, { recursive: true })
        const id = randomBytes(32).toString('hex')
        const options = config.linux?.securityContext?.namespaceOptions
        const ip = options?.network === 'NODE' ? '' : addresses.take()
        state.sandboxes.set(id, {
          logDirectory: config.logDirectory,
          status: {
            id,
            metadata,
            state: 'SANDBOX_READY',
            createdAt: String(BigInt(now()) * 1_000_000n),
            network: { ip, additionalIps: [] },
            linux: { namespaces: { options: options ?? null } },
            labels: config.labels,
            annotations: config.annotations,
            runtimeHandler,
          },
        })
        state.changed()
        events.emit(id, 'CONTAINER_CREATED_EVENT', id)
        events.emit(id, 'CONTAINER_STARTED_EVENT', id)
        return { podSandboxId: id }
      },
      async stopPodSandbox({ podSandboxId }) {
        stop(podSandboxId)
        return {}
      },
      async removePodSandbox({ podSandboxId }) {
        stop(podSandboxId)
        for (const container of [...state.containers.values()])
          if (container.sandboxId === podSandboxId) containers.remove(container.status.id)
        if (state.sandboxes.delete(podSandboxId)) {
          state.changed()
          events.emit(podSandboxId, 'CONTAINER_DELETED_EVENT', podSandboxId)
        }
        return {}
      },
      async podSandboxStatus({ podSandboxId }) {
        const sandbox = state.sandboxes.get(podSandboxId)
        if (sandbox === undefined) throw new RpcError(rpcCode.notFound, `sandbox "${podSandboxId}" not found`)
        return {
          status: sandbox.status,
          containersStatuses: [...state.containers.values()]
            .filter(c => c.sandboxId === podSandboxId)
            .map(c => c.status),
          timestamp: String(BigInt(now()) * 1_000_000n),
        }
      },
      async listPodSandbox({ filter }) {
        return { items: list(filter) }
      },
      async *streamPodSandboxes({ filter }) {
        yield { podSandboxes: list(filter) }
      },
      async updatePodSandboxResources() {
        return {}
      },
    },
  }
}
