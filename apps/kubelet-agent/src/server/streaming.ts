import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Pod } from '@kubets/api-types'
import { type RpcError, rpcCode } from '@kubets/cri'
import { proxyUpgrade } from '@kubets/streaming'
import type { PodManager } from '../pod-manager.ts'
import type { WorkerParts } from '../pod-worker/parts.ts'
import { HttpError } from './http-error.ts'

export interface StreamRoute {
  verb: 'exec' | 'attach' | 'portForward'
  pod: Pod
  container: string
  query: URLSearchParams
}

const flag = (query: URLSearchParams, name: string) => ['1', 'true'].includes(query.get(name) ?? '')

/** Asks the runtime for a URL at which the session is served. Throws {@link HttpError}. */
export async function streamUrl(parts: WorkerParts, pods: PodManager, { verb, pod, container, query }: StreamRoute): Promise<string> {
  const { cri } = parts
  try {
    if (verb === 'portForward') {
      const sandbox = parts.runtime.state(pod.metadata?.uid ?? '').sandboxes.find(({ state }) => state === 'SANDBOX_READY')
      if (sandbox === undefined) throw new HttpError(404, `cannot find ready sandbox of pod ${JSON.stringify(pod.metadata?.name)}`)
      const port = query.getAll('port').flatMap(text => text.split(',')).map(Number)
      return (await cri.portForward({ podSandboxId: sandbox.id, port })).url
    }
    const containerId = pods.container(pod, container)
    if (containerId === undefined) throw new HttpError(404, `container not found (${JSON.stringify(container)})`)
    const streams = { stdin: flag(query, 'input'), stdout: flag(query, 'output'), tty: flag(query, 'tty') }
    const stderr = flag(query, 'error') && !streams.tty
    if (!streams.stdin && !streams.stdout && !stderr) throw new HttpError(400, 'you must specify at least 1 of stdin, stdout, stderr')
    if (verb === 'attach') return (await cri.attach({ containerId, ...streams, stderr })).url
    return (await cri.exec({ containerId, cmd: query.getAll('command'), ...streams, stderr })).url
  } catch (error) {
    if (error instanceof HttpError) throw error
    const { code, message } = error as RpcError
    throw new HttpError(code === rpcCode.notFound ? 404 : code === rpcCode.failedPrecondition ? 400 : 500, message)
  }
}

/** Joins the client's connection with the runtime's streaming server. */
export async function passStream(url: string, request: IncomingMessage, socket: Duplex, head: Buffer, signal: AbortSignal): Promise<void> {
  await proxyUpgrade({ request, socket, head, target: { url }, signal })
}
