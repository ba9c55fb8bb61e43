import type { ContainerFilter, Container as CriContainer, Loose, RuntimeService } from '@kubets/cri'
import type { ShimContext } from '../context.ts'
import { inChunks, matchesLabels } from './lists.ts'

export const listContainers =
  (ctx: ShimContext): RuntimeService['listContainers'] =>
  async ({ filter }) => ({ containers: containers(ctx, filter) })

export const streamContainers = (ctx: ShimContext): RuntimeService['streamContainers'] =>
  async function* ({ filter }) {
    for (const chunk of inChunks(containers(ctx, filter))) yield { containers: chunk }
  }

function containers(ctx: ShimContext, filter: ContainerFilter | null): Loose<CriContainer>[] {
  return ctx.containers
    .all()
    .filter(c => !filter?.id || c.id.startsWith(filter.id))
    .filter(c => !filter?.podSandboxId || c.record.sandboxId.startsWith(filter.podSandboxId))
    .filter(c => !filter?.state || c.status.state === filter.state.state)
    .filter(c => matchesLabels(c.record.config.labels, filter?.labelSelector))
    .map(({ id, record, status }) => ({
      id,
      podSandboxId: record.sandboxId,
      metadata: record.config.metadata ?? {},
      image: record.config.image ?? {},
      imageRef: record.imageRef,
      imageId: record.imageId,
      state: status.state,
      createdAt: record.createdAt,
      labels: record.config.labels,
      annotations: record.config.annotations,
    }))
}
