import type { StreamingHandlers } from '@kubets/streaming'
import type { ShimContext } from '../context.ts'
import { attachStream } from './attach.ts'
import { execStream } from './exec.ts'
import { portForwardStream } from './port-forward.ts'

/** What stands behind the URLs of Exec, Attach and PortForward. */
export const streamingHandlers = (ctx: ShimContext): StreamingHandlers => ({
  exec: execStream(ctx),
  attach: attachStream(ctx),
  portForward: portForwardStream(ctx),
})
