import type { IncomingMessage } from 'node:http'
import type { Pod } from '@kubets/api-types'
import { readySandbox, runningContainer } from './containers.ts'
import type { StreamingRuntime } from './host.ts'
import { ServerRefusal } from './refusal.ts'

/** The runtime's URL for an exec or attach request of the api-server. */
export async function commandUrl(
  runtime: StreamingRuntime,
  kind: 'exec' | 'attach',
  pod: Pod,
  container: string,
  query: URLSearchParams,
): Promise<string> {
  const on = (name: string) => query.get(name) === '1'
  const tty = on('tty')
  // a terminal has one output: upstream passes over the wish for standard error
  const streams = { tty, stdin: on('input'), stdout: on('output'), stderr: on('error') && !tty }
  if (!streams.stdin && !streams.stdout && !streams.stderr)
    throw new ServerRefusal(400, 'you must specify at least 1 of stdin, stdout, stderr')
  const containerId = await runningContainer(runtime, pod, container)
  const { url } =
    kind === 'exec'
      ? await runtime.exec({ containerId, cmd: query.getAll('command'), ...streams })
      : await runtime.attach({ containerId, ...streams })
  return url
}

/** The runtime's URL for a port-forward request. Only WebSocket channels name their ports beforehand. */
export async function portForwardUrl(
  runtime: StreamingRuntime,
  pod: Pod,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<string> {
  const protocols = request.headers['sec-websocket-protocol'] ?? ''
  const channels = request.headers.upgrade?.toLowerCase() === 'websocket' && !protocols.includes('SPDY/3.1+')
  const port = channels ? ports(query.getAll('port')) : []
  const { url } = await runtime.portForward({ podSandboxId: await readySandbox(runtime, pod), port })
  return url
}

function ports(values: readonly string[]): number[] {
  if (values.length === 0) throw new ServerRefusal(400, 'query parameter "port" is required')
  return values.flatMap(value => {
    if (value === '') throw new ServerRefusal(400, 'query parameter "port" cannot be empty')
    return value.split(',').map(text => {
      const port = /^\d{1,5}$/.test(text) ? Number(text) : 65_536
      if (port > 65_535) throw new ServerRefusal(400, `unable to parse ${JSON.stringify(value)} as a port`)
      if (port < 1) throw new ServerRefusal(400, `port ${JSON.stringify(value)} must be > 0`)
      return port
    })
  })
}
