import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { silentLogger } from '@kubets/component'
import { type CommandSession, proxyUpgrade, type StreamingServer, startStreamingServer } from '../index.ts'

export interface CommandOptions {
  stdin: boolean
  stdout: boolean
  stderr: boolean
  tty: boolean
}
export const inputAndOutput: CommandOptions = { stdin: true, stdout: true, stderr: false, tty: false }

/** The way a client's streams go: through api-server and kubelet to the runtime. All of it in this process. */
export interface StreamPath extends AsyncDisposable {
  readonly streaming: StreamingServer
  /** What a command does: its exit code. Tests put their own here. */
  exec: (session: CommandSession) => Promise<number>
  /** What listens at a port of the pod. */
  portForward: (port: number, stream: Duplex) => Promise<void>
  /** How many connections the proxies hold. */
  open(): number
  /** Where a client asks for what the runtime has at this URL. */
  outside(url: string): { url: string }
  execTarget(options?: CommandOptions): CommandOptions & { target: { url: string } }
  forwardTarget(ports?: number[]): { url: string }
}

export async function startStreamPath(): Promise<StreamPath> {
  const undo = new AsyncDisposableStack()
  const streaming = await startStreamingServer({
    logger: silentLogger(),
    handlers: {
      exec: async (_request, session) => ({ exitCode: await path.exec(session) }),
      attach: async (_request, session) => {
        await path.exec(session)
      },
      portForward: (_request, port, stream) => path.portForward(port, stream),
    },
  })
  undo.defer(() => streaming.stop())
  const kubelet = undo.use(await startProxy(request => `http://127.0.0.1:${streaming.port}${request.url}`))
  const apiServer = undo.use(await startProxy(request => `${kubelet.url}${request.url}`))
  const outside = (url: string) => ({ url: apiServer.url + new URL(url).pathname })
  const path: StreamPath = {
    streaming,
    exec: async () => 0,
    portForward: async () => undefined,
    open: () => apiServer.open.size + kubelet.open.size,
    outside,
    execTarget: (options = inputAndOutput) => ({
      target: outside(streaming.exec({ containerId: 'c', cmd: ['sh'], ...options })),
      ...options,
    }),
    forwardTarget: (ports = []) => outside(streaming.portForward({ podSandboxId: 'pod', port: ports })),
    [Symbol.asyncDispose]: () => undo.disposeAsync(),
  }
  return path
}

/** A proxy as the api-server and the kubelet each are one. */
async function startProxy(target: (request: IncomingMessage) => string) {
  const server = createServer((_request, response) => response.end('no upgrade'))
  const open = new Set<Duplex>()
  server.on('upgrade', (request, socket, head) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    void proxyUpgrade({ request, socket, head, target: { url: target(request) } })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
