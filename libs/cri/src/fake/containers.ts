import { randomBytes } from 'node:crypto'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RpcError, rpcCode } from '../errors.ts'
import type { Container, ContainerFilter, ImageSpec } from '../messages/index.ts'
import type { RuntimeService } from '../methods.ts'
import { exitPlan } from './exit-plan.ts'
import { findImage } from './images.ts'
import type { FakeParts } from './sandboxes.ts'
import type { FakeContainer } from './state.ts'

export interface Containers {
  methods: Pick<
    RuntimeService,
    | 'createContainer'
    | 'startContainer'
    | 'stopContainer'
    | 'removeContainer'
    | 'containerStatus'
    | 'listContainers'
    | 'streamContainers'
    | 'updateContainerResources'
    | 'reopenContainerLog'
  >
  /** Ends a running container with this exit code; others stay as they are. */
  end(id: string, exitCode: number): void
  remove(id: string): void
  dispose(): void
}

export function createContainers({ state, events, now }: FakeParts): Containers {
  const timers = new Map<string, NodeJS.Timeout>()
  const nanos = () => String(BigInt(now()) * 1_000_000n)

  function find(id: string): FakeContainer {
    const container = state.containers.get(id)
    if (container === undefined) throw new RpcError(rpcCode.notFound, `container "${id}" not found`)
    return container
  }

  function end(id: string, exitCode: number): void {
    clearTimeout(timers.get(id))
    timers.delete(id)
    const container = state.containers.get(id)
    if (container === undefined || container.status.state !== 'CONTAINER_RUNNING') return
    Object.assign(container.status, {
      state: 'CONTAINER_EXITED',
      finishedAt: nanos(),
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
    })
    state.changed()
    events.emit(id, 'CONTAINER_STOPPED_EVENT', container.sandboxId)
  }

  function remove(id: string): void {
    const container = state.containers.get(id)
    if (container === undefined) return
    end(id, 137)
    state.containers.delete(id)
    state.changed()
    events.emit(id, 'CONTAINER_DELETED_EVENT', container.sandboxId)
  }

  function planExit(container: FakeContainer): void {
    if (container.exit === undefined) return
    const { afterMs, code } = container.exit
    const left = Math.max(0, afterMs - (now() - Number(BigInt(container.status.startedAt) / 1_000_000n)))
    const timer = setTimeout(() => end(container.status.id, code), left)
    timer.unref()
    timers.set(container.status.id, timer)
  }

  for (const container of state.containers.values())
    if (container.status.state === 'CONTAINER_RUNNING') planExit(container)

  function list(filter: ContainerFilter | null): Container[] {
    return [...state.containers.values()]
      .filter(
        ({ sandboxId, status: s }) =>
          (!filter?.id || s.id.startsWith(filter.id)) &&
          (!filter?.state || s.state === filter.state.state) &&
          (!filter?.podSandboxId || sandboxId === filter.podSandboxId) &&
          Object.entries(filter?.labelSelector ?? {}).every(([key, value]) => s.labels[key] === value),
      )
      .map(({ sandboxId, status }) => ({
        id: status.id,
        podSandboxId: sandboxId,
        metadata: status.metadata,
        image: status.image,
        imageRef: status.imageRef,
        state: status.state,
        createdAt: status.createdAt,
        labels: status.labels,
        annotations: status.annotations,
        imageId: status.imageId,
      }))
  }

  return {
    end,
    remove,
    dispose() {
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
    methods: {
      async createContainer({ podSandboxId, config }) {
        const sandbox = state.sandboxes.get(podSandboxId)
        if (sandbox === undefined) throw new RpcError(rpcCode.notFound, `sandbox "${podSandboxId}" not found`)
        if (sandbox.status.state !== 'SANDBOX_READY')
          throw new RpcError(rpcCode.failedPrecondition, `sandbox "${podSandboxId}" is not running`)
        if (!config?.metadata) throw new RpcError(rpcCode.invalidArgument, 'container config has no metadata')
        const asked = config.image?.image ?? ''
        const image = findImage(state, asked)
        if (image === undefined) throw new RpcError(rpcCode.notFound, `image "${asked}" not found`)
        const id = randomBytes(32).toString('hex')
        const logPath = config.logPath ? join(sandbox.logDirectory, config.logPath) : ''
        const exit = exitPlan(sandbox.status.annotations, config)
        state.containers.set(id, {
          sandboxId: podSandboxId,
          ...(exit === undefined ? {} : { exit }),
          status: {
            id,
            metadata: config.metadata,
            state: 'CONTAINER_CREATED',
            createdAt: nanos(),
            startedAt: '0',
            finishedAt: '0',
            exitCode: 0,
            image: { ...(image.spec as ImageSpec), userSpecifiedImage: config.image?.userSpecifiedImage ?? '' },
            imageRef: image.repoDigests[0] ?? image.id,
            imageId: image.id,
            reason: '',
            message: '',
            labels: config.labels,
            annotations: config.annotations,
            mounts: config.mounts,
            logPath,
            resources: { linux: config.linux?.resources ?? null, windows: null },
            user: null,
            stopSignal: config.stopSignal,
          },
        })
        state.changed()
        events.emit(id, 'CONTAINER_CREATED_EVENT', podSandboxId)
        return { containerId: id }
      },
      async startContainer({ containerId }) {
        const container = find(containerId)
        if (container.status.state !== 'CONTAINER_CREATED')
          throw new RpcError(
            rpcCode.failedPrecondition,
            `container "${containerId}" is in state ${container.status.state}, only created ones start`,
          )
        if (container.status.logPath) {
          await mkdir(dirname(container.status.logPath), { recursive: true })
          const time = new Date(now()).toISOString().replace('Z', '000000Z')
          const line = `container ${container.status.metadata?.name} of the fake runtime: no process runs`
          await appendFile(container.status.logPath, `${time} stdout F ${line}\n`)
        }
        container.status.state = 'CONTAINER_RUNNING'
        container.status.startedAt = nanos()
        state.changed()
        events.emit(containerId, 'CONTAINER_STARTED_EVENT', container.sandboxId)
        planExit(container)
        return {}
      },
      async stopContainer({ containerId, timeout }) {
        // what is asked politely ends with 0, what is killed with 128 + SIGKILL
        end(containerId, Number(timeout) > 0 ? 0 : 137)
        return {}
      },
      async removeContainer({ containerId }) {
        remove(containerId)
        return {}
      },
      async containerStatus({ containerId }) {
        return { status: find(containerId).status }
      },
      async listContainers({ filter }) {
        return { containers: list(filter) }
      },
      async *streamContainers({ filter }) {
        yield { containers: list(filter) }
      },
      async updateContainerResources({ containerId, linux }) {
        find(containerId).status.resources = { linux, windows: null }
        state.changed()
        return {}
      },
      async reopenContainerLog({ containerId }) {
        const { status } = find(containerId)
        if (status.logPath) await appendFile(status.logPath, '')
        return {}
      },
    },
  }
}
