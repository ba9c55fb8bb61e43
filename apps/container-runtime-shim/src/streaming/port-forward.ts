import { closeSync, existsSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { StreamingHandlers } from '@kubets/streaming'
import type { ShimContext } from '../context.ts'
import { sandboxPaths } from '../paths.ts'
import { CLONE } from '../system/syscalls.ts'

/** `kubectl port-forward`: a connection to `localhost` as the pod's processes see it, IPv4 first. */
export const portForwardStream =
  (ctx: ShimContext): StreamingHandlers['portForward'] =>
  async ({ podSandboxId }, port, stream) => {
    const sandbox = ctx.sandboxes.get(podSandboxId)
    if (sandbox.state !== 'SANDBOX_READY') throw new Error(`sandbox container "${sandbox.id}" is not running`)
    const netns = join(sandboxPaths(ctx.paths, sandbox.id).namespaces, 'net')
    const inPod = existsSync(netns) ? netns : undefined // else the pod is in the node's network
    const socket = await dial(ctx, inPod, port)
    stream.on('error', () => socket.destroy())
    stream.on('close', () => {
      if (!stream.readableEnded || !stream.writableFinished) socket.destroy()
    })
    stream.pipe(socket)
    socket.pipe(stream)
    await Promise.all([
      finished(socket).catch(error => {
        if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
      }),
      finished(stream).catch(() => undefined), // the client has gone: that ends the forwarding, it is no failure of it
    ])
  }

async function dial(ctx: ShimContext, netns: string | undefined, port: number): Promise<Socket> {
  try {
    return await connect(socketIn(ctx, netns, 4), '127.0.0.1', port)
  } catch (first) {
    return connect(socketIn(ctx, netns, 6), '::1', port).catch(() => {
      throw new Error(
        `failed to connect to localhost:${port} inside namespace: ${first instanceof Error ? first.message : first}`,
        {
          cause: first,
        },
      )
    })
  }
}

function connect(socket: Socket, host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.connect({ host, port }, () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

/** A socket belongs to the namespace it was made in, whoever uses it later: in, make it, out, nothing between. */
function socketIn(ctx: ShimContext, netns: string | undefined, family: 4 | 6): Socket {
  // without manualStart Node reads at once from what is not connected yet
  const wrap = (fd: number) =>
    new Socket({ fd, manualStart: true, allowHalfOpen: true } as ConstructorParameters<typeof Socket>[0])
  if (netns === undefined) return wrap(ctx.sys.tcpSocket(family))
  const [own, pod] = [openSync('/proc/thread-self/ns/net', 'r'), openSync(netns, 'r')]
  try {
    ctx.sys.setns(pod, CLONE.newnet)
    try {
      return wrap(ctx.sys.tcpSocket(family))
    } finally {
      backHome(ctx, own)
    }
  } finally {
    closeSync(own)
    closeSync(pod)
  }
}

/** In the wrong namespace everything this process did would be wrong: then it rather ends. */
function backHome(ctx: ShimContext, own: number): void {
  try {
    ctx.sys.setns(own, CLONE.newnet)
  } catch {
    process.abort()
  }
}
