import type { ShimContext } from '../context.ts'
import type { Container } from '../store/container-store.ts'

/** Kills a container at once and waits until its end is on disk. Nothing to do for one that does not run. */
export async function killContainer(ctx: ShimContext, container: Container): Promise<void> {
  if (container.status.state !== 'CONTAINER_RUNNING') return
  await ctx.runc.kill(container.id, 'KILL', sharesProcesses(container) ? 'all' : 'first')
  await ctx.supervisor.ended(container.id)
}

/** Without a process namespace of its own the end of the first process does not end the others. */
export function sharesProcesses({ record }: Container): boolean {
  const mode = record.config.linux?.securityContext?.namespaceOptions?.pid
  return mode !== 'CONTAINER'
}
