import type { Loose, PodSandbox, PodSandboxFilter, RuntimeService } from '@kubets/cri'
import type { ShimContext } from '../context.ts'
import { inChunks, matchesLabels } from './lists.ts'
import { sandboxState } from './statuses/sandbox-status.ts'

export const listPodSandbox =
  (ctx: ShimContext): RuntimeService['listPodSandbox'] =>
  async ({ filter }) => ({ items: sandboxes(ctx, filter) })

export const streamPodSandboxes = (ctx: ShimContext): RuntimeService['streamPodSandboxes'] =>
  async function* ({ filter }) {
    for (const podSandboxes of inChunks(sandboxes(ctx, filter))) yield { podSandboxes }
  }

function sandboxes(ctx: ShimContext, filter: PodSandboxFilter | null): Loose<PodSandbox>[] {
  return ctx.sandboxes
    .all()
    .filter(s => !filter?.id || s.id.startsWith(filter.id))
    .filter(s => matchesLabels(s.config.labels, filter?.labelSelector))
    .map(s => ({
      id: s.id,
      metadata: s.config.metadata ?? {},
      state: sandboxState(ctx, s),
      createdAt: s.createdAt,
      labels: s.config.labels,
      annotations: s.config.annotations,
      runtimeHandler: s.runtimeHandler,
    }))
    .filter(s => !filter?.state || s.state === filter.state.state)
}
