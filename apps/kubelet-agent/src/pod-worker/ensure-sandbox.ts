import { mkdir } from 'node:fs/promises'
import type { Pod } from '@kubets/api-types'
import { isNotFound, type PodSandboxStatus } from '@kubets/cri'
import { podDns } from '../container-config/dns.ts'
import { podLogDirectory, type SandboxFacts, sandboxConfig } from '../container-config/sandbox-config.ts'
import { withSandbox } from '../runtime/pod-state.ts'
import { podReference, type WorkerParts } from './parts.ts'

export async function sandboxFacts(parts: WorkerParts, pod: Pod, attempt: number): Promise<SandboxFacts> {
  const { settings } = parts
  return {
    attempt,
    dns: await podDns(pod, settings),
    podLogsDir: settings.podLogsDir,
    rootDir: settings.rootDir,
    clusterDomain: settings.clusterDomain,
    cgroupParent: parts.cgroups.parent(pod),
  }
}

/** Makes the pod's sandbox. What fails is told in an event and thrown. */
export async function createSandbox(parts: WorkerParts, pod: Pod, attempt: number): Promise<PodSandboxStatus> {
  const uid = pod.metadata?.uid ?? ''
  try {
    await Promise.all([
      parts.cgroups.create(pod),
      mkdir(podLogDirectory(parts.settings.podLogsDir, pod), { recursive: true, mode: 0o755 }),
    ])
    const config = sandboxConfig(pod, await sandboxFacts(parts, pod, attempt))
    const { podSandboxId } = await parts.cri.runPodSandbox(
      { config, runtimeHandler: '' },
      { signal: parts.closing, timeoutMs: 240_000 },
    )
    const { status } = await parts.cri.podSandboxStatus({ podSandboxId }, { signal: parts.closing })
    if (status === null) throw new Error(`the runtime gave no status of sandbox ${podSandboxId}`)
    parts.runtime.update(uid, state => withSandbox(state, status))
    return status
  } catch (error) {
    if (!parts.closing.aborted)
      parts.recorder.event(
        podReference(pod),
        'Warning',
        'FailedCreatePodSandBox',
        `Failed to create pod sandbox: ${describe(error)}`,
      )
    throw error
  }
}

/** Upstream's events show gRPC's form. */
function describe(error: unknown): string {
  const { code, message } = error as { code?: number; message: string }
  const names: Record<number, string> = {
    2: 'Unknown',
    3: 'InvalidArgument',
    4: 'DeadlineExceeded',
    5: 'NotFound',
    6: 'AlreadyExists',
    9: 'FailedPrecondition',
    13: 'Internal',
    14: 'Unavailable',
  }
  return typeof code === 'number' && names[code] ? `rpc error: code = ${names[code]} desc = ${message}` : message
}

export async function stopSandbox(parts: WorkerParts, uid: string, id: string): Promise<void> {
  try {
    await parts.cri.stopPodSandbox({ podSandboxId: id }, { signal: parts.closing })
    const { status } = await parts.cri.podSandboxStatus({ podSandboxId: id })
    if (status !== null) parts.runtime.update(uid, state => withSandbox(state, status))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
