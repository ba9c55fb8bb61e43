import type { RuntimeService } from '@kubets/cri'
import type { ShimContext } from '../context.ts'

export const getContainerEvents =
  (ctx: ShimContext): RuntimeService['getContainerEvents'] =>
  (_request, { signal }) =>
    ctx.events.subscribe(signal)
