import type { Container, Pod } from '@kubets/api-types'
import type { ContainerConfig, LinuxContainerResources, LinuxContainerSecurityContext, Loose, Mount } from '@kubets/cri'
import { containerHash } from '../pod-worker/container-hash.ts'
import { annotation, label } from '../runtime/labels.ts'
import { expand } from './expand.ts'

export interface ContainerParts {
  /** The image as the runtime knows it (what PullImage or ImageStatus gave). */
  imageRef: string
  env: ReadonlyMap<string, string>
  mounts: readonly Loose<Mount>[]
  security: Loose<LinuxContainerSecurityContext>
  resources: Loose<LinuxContainerResources>
  restartCount: number
}

/** CRI's message for one container, with upstream's labels and annotations. Pure. */
export function containerConfig(pod: Pod, container: Container, parts: ContainerParts): Loose<ContainerConfig> {
  const value = (name: string) => parts.env.get(name)
  const init = (pod.spec?.initContainers ?? []).some(({ name }) => name === container.name)
  return {
    metadata: { name: container.name, attempt: parts.restartCount },
    image: { image: parts.imageRef, userSpecifiedImage: container.image ?? '' },
    command: (container.command ?? []).map(word => expand(word, value)),
    args: (container.args ?? []).map(word => expand(word, value)),
    workingDir: container.workingDir ?? '',
    envs: [...parts.env].map(([key, text]) => ({ key, value: text })),
    mounts: parts.mounts,
    labels: {
      [label.podName]: pod.metadata?.name ?? '',
      [label.podNamespace]: pod.metadata?.namespace ?? '',
      [label.podUid]: pod.metadata?.uid ?? '',
      [label.containerName]: container.name,
    },
    annotations: annotations(pod, container, parts.restartCount, init && container.restartPolicy !== 'Always'),
    logPath: `${container.name}/${parts.restartCount}.log`,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    linux: { resources: parts.resources, securityContext: parts.security },
    stopSignal: (container.lifecycle?.stopSignal ?? 'RUNTIME_DEFAULT') as ContainerConfig['stopSignal'],
  }
}

function annotations(pod: Pod, container: Container, restartCount: number, init: boolean): Record<string, string> {
  const result: Record<string, string> = {
    [annotation.hash]: containerHash(container),
    [annotation.restartCount]: String(restartCount),
    [annotation.terminationMessagePath]: container.terminationMessagePath ?? '',
    [annotation.terminationMessagePolicy]: container.terminationMessagePolicy ?? 'File',
  }
  if (pod.metadata?.deletionGracePeriodSeconds !== undefined)
    result[annotation.podDeletionGracePeriod] = String(pod.metadata.deletionGracePeriodSeconds)
  if (pod.spec?.terminationGracePeriodSeconds !== undefined)
    result[annotation.podTerminationGracePeriod] = String(pod.spec.terminationGracePeriodSeconds)
  if (container.lifecycle?.preStop) result[annotation.preStopHandler] = JSON.stringify(container.lifecycle.preStop)
  if (container.ports?.length) result[annotation.ports] = JSON.stringify(container.ports)
  if (init) result[annotation.role] = 'init'
  return result
}
