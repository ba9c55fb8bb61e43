import { RpcError, rpcCode } from '../errors.ts'
import type { ImageService, RuntimeService } from '../methods.ts'
import { createAddresses } from './addresses.ts'
import { createContainers } from './containers.ts'
import { createEventStream } from './event-stream.ts'
import { fakeImageService } from './images.ts'
import { createSandboxes } from './sandboxes.ts'
import { openFakeState } from './state.ts'
import { fakeStats } from './stats.ts'

export interface FakeRuntimeOptions {
  /** Addresses of pods. Default `10.244.0.0/24`. */
  podCidr?: string
  /** Where the state is kept for the next start. Default: nowhere, it ends with the process. */
  directory?: string
  /** Milliseconds since the epoch. Default the system's clock. */
  now?: () => number
}

export interface FakeRuntime extends RuntimeService, ImageService, AsyncDisposable {}

/** The name by which the kubelet knows that no process runs: probes and hooks have nothing to ask. */
export const fakeRuntimeName = 'kubets-fake'

/** A CRI runtime that runs no process: for tests and for machines without root. */
export async function createFakeRuntime(options: FakeRuntimeOptions = {}): Promise<FakeRuntime> {
  const now = options.now ?? Date.now
  const state = await openFakeState(options.directory)
  const addresses = createAddresses(options.podCidr ?? '10.244.0.0/24')
  const events = createEventStream(state, now)
  const deps = { state, addresses, events, now }
  const containers = createContainers(deps)
  const sandboxes = createSandboxes(deps, containers)
  const refuse = async (): Promise<never> => {
    throw new RpcError(rpcCode.failedPrecondition, 'the fake runtime runs no processes')
  }
  const unimplemented = async (): Promise<never> => {
    throw new RpcError(rpcCode.unimplemented, 'the fake runtime has no such method')
  }
  return {
    ...fakeImageService(state, now),
    ...sandboxes.methods,
    ...containers.methods,
    ...fakeStats(state, now),
    async version() {
      return { version: '0.1.0', runtimeName: fakeRuntimeName, runtimeVersion: 'v0.1.0', runtimeApiVersion: 'v1' }
    },
    async status() {
      const condition = (type: string) => ({ type, status: true, reason: '', message: '' })
      return { status: { conditions: [condition('RuntimeReady'), condition('NetworkReady')] } }
    },
    async runtimeConfig() {
      return { linux: { cgroupDriver: 'CGROUPFS' as const } }
    },
    async updateRuntimeConfig() {
      return {}
    },
    getContainerEvents: (_request, { signal }) => events.read(signal),
    execSync: refuse,
    exec: refuse,
    attach: refuse,
    portForward: refuse,
    checkpointContainer: unimplemented,
    async [Symbol.asyncDispose]() {
      containers.dispose()
      await state.flush()
    },
  }
}
