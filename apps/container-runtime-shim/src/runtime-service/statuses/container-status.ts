import type { ContainerStatus, Loose } from '@kubets/cri'
import type { ShimContext } from '../../context.ts'
import type { Container } from '../../store/container-store.ts'

export function containerStatus(ctx: ShimContext, container: Container): Loose<ContainerStatus> {
  const { record, status } = container
  const image = ctx.images.resolve(record.imageId)
  const linux = status.resources ?? record.config.linux?.resources
  return {
    id: container.id,
    metadata: record.config.metadata ?? {},
    state: status.state,
    createdAt: record.createdAt,
    startedAt: status.startedAt,
    finishedAt: status.finishedAt,
    exitCode: status.exitCode,
    image: {
      ...record.config.image,
      image: image?.repoTags[0] ?? record.config.image?.userSpecifiedImage ?? record.imageRef,
    },
    imageRef: record.imageRef,
    imageId: record.imageId,
    reason: status.reason,
    message: status.message,
    labels: record.config.labels,
    annotations: record.config.annotations,
    mounts: record.config.mounts,
    logPath: record.logPath,
    resources: linux ? { linux } : undefined,
    user: { linux: record.user },
    stopSignal: record.config.stopSignal,
  }
}
