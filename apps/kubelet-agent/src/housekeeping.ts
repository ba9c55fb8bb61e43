import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sleep } from '@kubets/component'
import { isNotFound } from '@kubets/cri'
import { rotateLog } from './logs/rotate-logs.ts'
import type { PodManager } from './pod-manager.ts'
import type { WorkerParts } from './pod-worker/parts.ts'
import { without } from './runtime/pod-state.ts'
import { removePodDirectory } from './volumes/pod-volumes.ts'

/** Milliseconds between rounds; upstream watches logs every ten seconds and collects containers every minute. */
const logPeriod = 10_000
const collectEvery = 6
/** Ended containers kept of each name, for `kubectl logs --previous`; the newest container is never among them. */
const keepDead = 1

/** Rotates logs, removes what is left over, and renews what volumes show. */
export function startHousekeeping(options: { parts: WorkerParts; pods: PodManager }): AsyncDisposable {
  const { parts, pods } = options
  const { cri, settings, clock, logger } = parts
  const ended = new AbortController()

  async function rotate(): Promise<void> {
    for (const uid of parts.runtime.uids())
      for (const container of parts.runtime.state(uid).containers) {
        if (container.state !== 'CONTAINER_RUNNING' || container.logPath === '') continue
        await rotateLog(container.logPath, {
          maxSize: settings.containerLogMaxSize,
          maxFiles: settings.containerLogMaxFiles,
          now: clock.now(),
          reopen: async () => void (await cri.reopenContainerLog({ containerId: container.id })),
        })
      }
  }

  async function collect(): Promise<void> {
    for (const uid of parts.runtime.uids()) {
      const { containers, sandboxes } = parts.runtime.state(uid)
      const seen = new Map<string, number>()
      for (const container of containers) {
        const name = container.metadata?.name ?? ''
        const index = seen.get(name) ?? 0
        seen.set(name, index + 1)
        if (index <= keepDead || container.state === 'CONTAINER_RUNNING') continue
        await cri.removeContainer({ containerId: container.id }).catch(ignoreGone)
        if (container.logPath) await rm(container.logPath, { force: true })
        parts.runtime.update(uid, state => without(state, container.id))
      }
      for (const sandbox of sandboxes.slice(1)) {
        if (sandbox.state === 'SANDBOX_READY') continue
        const { containers: inside } = await cri.listContainers({ filter: { podSandboxId: sandbox.id } })
        if (inside.length > 0) continue
        await cri.removePodSandbox({ podSandboxId: sandbox.id }).catch(ignoreGone)
        parts.runtime.update(uid, state => without(state, sandbox.id))
      }
    }
    const known = new Set([...pods.pods().map(pod => pod.metadata?.uid), ...parts.runtime.uids()])
    for (const uid of await readdir(join(settings.rootDir, 'pods')).catch(() => [] as string[]))
      if (!known.has(uid)) await removePodDirectory(settings.rootDir, uid, parts.mounter)
  }

  async function attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!ended.signal.aborted) logger.warn({ err: error }, what)
    }
  }

  async function run(): Promise<void> {
    for (let round = 1; ; round++) {
      await sleep(logPeriod, ended.signal, clock)
      if (ended.signal.aborted) return
      await attempt('Container logs could not be rotated', rotate)
      if (round % collectEvery !== 0) continue
      await attempt('Dead containers could not be removed', collect)
      pods.refreshVolumes()
    }
  }

  const done = run()
  return {
    async [Symbol.asyncDispose]() {
      ended.abort()
      await done
    },
  }
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error)) throw error
}
