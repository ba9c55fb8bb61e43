import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConfigMap, Container, Pod, Secret } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { ContainerStatus, PodSandboxStatus } from '@kubets/cri'
import { containerConfig } from '../container-config/container-config.ts'
import { containerEnv, type EnvSources } from '../container-config/env.ts'
import { ContainerConfigError } from '../container-config/errors.ts'
import { podHostname, writeHostsFile } from '../container-config/hosts-file.ts'
import { containerMounts } from '../container-config/mounts.ts'
import { podLogDirectory, sandboxConfig } from '../container-config/sandbox-config.ts'
import { containerSecurityContext } from '../container-config/security-context.ts'
import { serviceEnv } from '../container-config/service-env.ts'
import { linuxResources } from '../resources/linux-resources.ts'
import { latest, withContainer } from '../runtime/pod-state.ts'
import { restartCount } from '../status/container-status.ts'
import { type PreparedVolume, podDirectory } from '../volumes/pod-volumes.ts'
import { ensureImage } from './ensure-image.ts'
import { sandboxFacts } from './ensure-sandbox.ts'
import { containerReference, type WorkerParts } from './parts.ts'
import { runHook } from './run-hook.ts'
import { stopContainer } from './stop-container.ts'

export interface StartFacts {
  pod: Pod
  sandbox: PodSandboxStatus
  volumes: ReadonlyMap<string, PreparedVolume>
  signal: AbortSignal
}

export function podIps(sandbox: PodSandboxStatus | undefined): string[] {
  if (!sandbox?.network?.ip) return []
  return [sandbox.network.ip, ...sandbox.network.additionalIps.map(({ ip }) => ip)]
}

/** What env and volumes read beside the pod itself. */
export function envSources(parts: WorkerParts, pod: Pod, ips: readonly string[]): EnvSources {
  const namespace = pod.metadata?.namespace ?? 'default'
  const uid = pod.metadata?.uid ?? ''
  const links = pod.spec?.enableServiceLinks !== false
  return {
    nodeName: parts.settings.nodeName,
    hostIp: parts.settings.nodeIp,
    podIps: pod.spec?.hostNetwork ? [parts.settings.nodeIp] : ips,
    allocatable: parts.allocatable(),
    configMap: name => parts.objects.get<ConfigMap>(resources.configMaps, namespace, name, uid),
    secret: name => parts.objects.get<Secret>(resources.secrets, namespace, name, uid),
    get services() {
      const ofNamespace = []
      for (const service of parts.services()) {
        const { name, namespace: where } = service.metadata ?? {}
        // the API itself is announced everywhere, the namespace's own services only where links are wanted
        if ((where === 'default' && name === 'kubernetes') || (links && where === namespace)) ofNamespace.push(service)
      }
      return serviceEnv(ofNamespace)
    },
  }
}

/** Image, configuration, create, start, postStart: one container from nothing to running. Throws ImageError or ContainerConfigError. */
export async function startContainer(parts: WorkerParts, container: Container, facts: StartFacts): Promise<void> {
  const { pod, sandbox, signal } = facts
  const { cri, recorder, settings } = parts
  const uid = pod.metadata?.uid ?? ''
  const reference = containerReference(pod, container)
  const image = await ensureImage(parts, pod, container, signal)

  const before = latest(parts.runtime.state(uid), container.name)
  const known = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
    s => s.name === container.name,
  )
  const attempt = before ? restartCount(before) + 1 : known?.containerID ? (known.restartCount ?? 0) + 1 : 0
  const failed = (error: unknown, reason: ContainerConfigError['reason']): never => {
    if (parts.closing.aborted) throw error
    const wrapped =
      error instanceof ContainerConfigError
        ? error
        : new ContainerConfigError(reason, (error as Error).message, { cause: error })
    recorder.event(reference, 'Warning', 'Failed', `Error: ${wrapped.message}`)
    throw wrapped
  }

  let containerId = ''
  try {
    await parts.servicesKnown
    const ips = podIps(sandbox)
    const env = await containerEnv(pod, container, envSources(parts, pod, ips))
    const podDir = podDirectory(settings.rootDir, uid)
    await mkdir(podDir, { recursive: true, mode: 0o750 })
    const hostsFile = await writeHostsFile(pod, podDir, ips, podHostname(pod, settings.clusterDomain))
    await mkdir(join(podLogDirectory(settings.podLogsDir, pod), container.name), { recursive: true, mode: 0o755 })
    const target = (container as { targetContainerName?: string }).targetContainerName
    const config = containerConfig(pod, container, {
      imageRef: image.ref,
      env,
      mounts: await containerMounts(pod, container, {
        volumes: facts.volumes,
        env,
        rootDir: settings.rootDir,
        hostsFile,
        restartCount: attempt,
      }),
      security: containerSecurityContext(
        pod,
        container,
        image.user,
        settings.rootDir,
        target ? latest(parts.runtime.state(uid), target)?.id : undefined,
      ),
      resources: linuxResources(pod, container, parts.memoryCapacity),
      restartCount: attempt,
    })
    const sandboxAttempt = sandbox.metadata?.attempt ?? 0
    const answer = await cri.createContainer(
      {
        podSandboxId: sandbox.id,
        config,
        sandboxConfig: sandboxConfig(pod, await sandboxFacts(parts, pod, sandboxAttempt)),
      },
      { signal: parts.closing },
    )
    containerId = answer.containerId
  } catch (error) {
    failed(error, 'CreateContainerError')
  }
  recorder.event(reference, 'Normal', 'Created', 'Container created')

  let running: ContainerStatus | null = null
  try {
    await cri.startContainer({ containerId }, { signal: parts.closing })
    running = (await cri.containerStatus({ containerId }, { signal: parts.closing })).status
    if (running !== null) parts.runtime.update(uid, state => withContainer(state, running as ContainerStatus))
  } catch (error) {
    // the runtime keeps the failed container, with its exit code: it counts as an attempt
    const { status } = await cri.containerStatus({ containerId }).catch(() => ({ status: null }))
    if (status !== null) parts.runtime.update(uid, state => withContainer(state, status))
    failed(error, 'RunContainerError')
  }
  recorder.event(reference, 'Normal', 'Started', 'Container started')

  const hook = container.lifecycle?.postStart
  if (!hook || running === null) return
  try {
    await runHook(parts, hook, {
      pod,
      container,
      containerId,
      podIp: podIps(sandbox)[0] ?? settings.nodeIp,
      timeoutMs: 24 * 3_600_000,
      signal,
    })
  } catch (error) {
    if (signal.aborted) throw error
    parts.logger.warn({ err: error, pod: pod.metadata?.name, container: container.name }, 'PostStartHook failed')
    recorder.event(reference, 'Warning', 'FailedPostStartHook', 'PostStartHook failed')
    await stopContainer(parts, pod, running, {
      message: 'FailedPostStartHook',
      graceSeconds: pod.spec?.terminationGracePeriodSeconds ?? 30,
    })
    throw new ContainerConfigError('PostStartHookError', (error as Error).message, { cause: error })
  }
}
