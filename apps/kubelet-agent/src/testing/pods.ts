import type { Container, Pod } from '@kubets/api-types'
import type { ContainerStatus, PodSandboxStatus } from '@kubets/cri'
import { containerHash } from '../pod-worker/container-hash.ts'
import { annotation } from '../runtime/labels.ts'

export const container = (name: string, more: Partial<Container> = {}): Container =>
  ({ name, image: 'busybox:1.36', ...more }) as Container

export const pod = (spec: object, more: object = {}): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: 'uid-1', generation: 1 },
    spec: { containers: [container('c')], restartPolicy: 'Always', ...spec },
    ...more,
  }) as unknown as Pod

/** A sandbox as the runtime tells it. */
export const sandbox = (more: Partial<PodSandboxStatus> = {}): PodSandboxStatus => ({
  id: 'sandbox-0',
  metadata: { name: 'p', namespace: 'default', uid: 'uid-1', attempt: 0 },
  state: 'SANDBOX_READY',
  createdAt: '1000',
  network: { ip: '10.0.0.5', additionalIps: [] },
  linux: null,
  labels: {},
  annotations: {},
  runtimeHandler: '',
  ...more,
})

export const ran = (
  name: string,
  state: 'created' | 'running' | { exit: number },
  more: Partial<ContainerStatus> & { attempt?: number } = {},
): ContainerStatus => {
  const { attempt = 0, ...rest } = more
  const exit = typeof state === 'object' ? state.exit : undefined
  return {
    id: `${name}-${attempt}`,
    metadata: { name, attempt },
    state: exit !== undefined ? 'CONTAINER_EXITED' : state === 'running' ? 'CONTAINER_RUNNING' : 'CONTAINER_CREATED',
    createdAt: String(2000 + attempt),
    startedAt: state === 'created' ? '0' : '1767225600000000000',
    finishedAt: exit === undefined ? '0' : '1767225660000000000',
    exitCode: exit ?? 0,
    image: {
      image: 'docker.io/library/busybox:1.36',
      annotations: {},
      userSpecifiedImage: '',
      runtimeHandler: '',
      imageRef: '',
    },
    imageRef: 'docker.io/library/busybox@sha256:1',
    reason: exit === undefined ? '' : exit === 0 ? 'Completed' : 'Error',
    message: '',
    labels: {},
    annotations: { [annotation.hash]: containerHash(container(name)), [annotation.restartCount]: String(attempt) },
    mounts: [],
    logPath: '',
    resources: null,
    imageId: 'sha256:1',
    user: null,
    stopSignal: 'RUNTIME_DEFAULT',
    ...rest,
  }
}
