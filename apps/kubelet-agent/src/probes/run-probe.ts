import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { Container } from '@kubets/api-types'
import { isDeadlineExceeded, type RuntimeClient } from '@kubets/cri'

const { request: httpRequest } = process.getBuiltinModule('node:http')

export type Probe = NonNullable<Container['livenessProbe']>
/** The part that probes and lifecycle hooks share. */
export type Action = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'>

export interface ProbeTarget {
  cri: Pick<RuntimeClient, 'execSync'>
  containerId: string
  container: Container
  podIp: string
  timeoutMs: number
  signal: AbortSignal
}

export interface ProbeOutcome {
  ok: boolean
  /** For the Unhealthy event. */
  output: string
}

const maxBody = 10 * 1024

/** Asks once. Never throws: what goes wrong is the outcome, in the words of upstream's kubelet. */
export async function runProbe(action: Action, target: ProbeTarget): Promise<ProbeOutcome> {
  try {
    if (action.exec) return await execProbe(action.exec.command ?? [], target)
    if (action.httpGet) return await httpProbe(action.httpGet, target)
    if (action.tcpSocket)
      return await tcpProbe(
        action.tcpSocket.host || target.podIp,
        portOf(action.tcpSocket.port, target.container),
        target,
      )
    if (action.grpc) return await grpcProbe(action.grpc.port, action.grpc.service ?? '', target)
    return { ok: false, output: 'missing probe handler' }
  } catch (error) {
    return { ok: false, output: (error as Error).message }
  }
}

export function portOf(port: number | string, container: Container): number {
  if (typeof port === 'number') return port
  const named = (container.ports ?? []).find(({ name }) => name === port)?.containerPort ?? Number(port)
  if (!Number.isInteger(named) || named <= 0) throw new Error(`couldn't find port: ${port} in container ports`)
  return named
}

async function execProbe(command: readonly string[], target: ProbeTarget): Promise<ProbeOutcome> {
  const seconds = Math.max(1, Math.ceil(target.timeoutMs / 1_000))
  try {
    const answer = await target.cri.execSync(
      { containerId: target.containerId, cmd: command, timeout: seconds },
      { signal: target.signal, timeoutMs: target.timeoutMs + 2_000 },
    )
    const output = Buffer.concat([answer.stdout, answer.stderr]).subarray(0, maxBody).toString('utf8')
    return { ok: answer.exitCode === 0, output }
  } catch (error) {
    if (isDeadlineExceeded(error))
      return {
        ok: false,
        output: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${seconds}s`,
      }
    throw error
  }
}

const bracket = (host: string) => (host.includes(':') ? `[${host}]` : host)

function dialError(error: NodeJS.ErrnoException, host: string, port: number): string {
  const what =
    error.code === 'ECONNREFUSED'
      ? 'connect: connection refused'
      : error.code === 'EHOSTUNREACH'
        ? 'connect: no route to host'
        : error.code === 'ENETUNREACH'
          ? 'connect: network is unreachable'
          : error.code === 'ECONNRESET'
            ? 'read: connection reset by peer'
            : error.message
  return `dial tcp ${bracket(host)}:${port}: ${what}`
}

type HttpGet = NonNullable<Probe['httpGet']>

export function httpProbe(get: HttpGet, target: ProbeTarget): Promise<ProbeOutcome> {
  const host = get.host || target.podIp
  const port = portOf(get.port as number | string, target.container)
  const scheme = (get.scheme ?? 'HTTP').toLowerCase()
  const path = (get.path ?? '/').startsWith('/') ? (get.path ?? '/') : `/${get.path}`
  const url = `${scheme}://${bracket(host)}:${port}${path}`
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' }
  for (const { name, value } of get.httpHeaders ?? []) headers[name.toLowerCase()] = value
  return new Promise(resolve => {
    const done = (outcome: ProbeOutcome) => {
      clearTimeout(timer)
      request.destroy()
      resolve(outcome)
    }
    const send = scheme === 'https' ? httpsRequest : httpRequest
    const request = send(url, { headers, rejectUnauthorized: false, signal: target.signal, agent: false }, response => {
      const status = response.statusCode ?? 0
      done({ ok: status >= 200 && status < 400, output: `HTTP probe failed with statuscode: ${status}` })
    })
    request.on('error', (error: NodeJS.ErrnoException) =>
      done({ ok: false, output: `Get ${JSON.stringify(url)}: ${dialError(error, host, port)}` }),
    )
    const timer = setTimeout(
      () =>
        done({
          ok: false,
          output: `Get ${JSON.stringify(url)}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
        }),
      target.timeoutMs,
    )
    request.end()
  })
}

function tcpProbe(host: string, port: number, target: ProbeTarget): Promise<ProbeOutcome> {
  return new Promise(resolve => {
    const socket = connect({ host, port, signal: target.signal })
    const done = (outcome: ProbeOutcome) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => done({ ok: true, output: '' }))
    socket.on('error', (error: NodeJS.ErrnoException) => done({ ok: false, output: dialError(error, host, port) }))
    const timer = setTimeout(
      () => done({ ok: false, output: `dial tcp ${bracket(host)}:${port}: i/o timeout` }),
      target.timeoutMs,
    )
  })
}

/** grpc.health.v1.Health/Check: the request is field 1, the service's name; the answer's field 1 is 1 for SERVING. */
async function grpcProbe(port: number, service: string, target: ProbeTarget): Promise<ProbeOutcome> {
  const grpc = await import('@grpc/grpc-js')
  const address = `${bracket(target.podIp)}:${port}`
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), { 'grpc.enable_retries': 0 })
  const name = Buffer.from(service)
  const body = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name])
  try {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        '/grpc.health.v1.Health/Check',
        (value: Buffer) => value,
        (value: Buffer) => value,
        body,
        new grpc.Metadata(),
        { deadline: Date.now() + target.timeoutMs },
        (error, value) => (error ? reject(error) : resolve(value ?? Buffer.alloc(0))),
      )
    })
    const serving = answer[0] === 0x08 && answer[1] === 1
    return {
      ok: serving,
      output: serving
        ? ''
        : `service unhealthy (responded with ${JSON.stringify(answer[1] === 2 ? 'NOT_SERVING' : 'UNKNOWN')})`,
    }
  } catch (error) {
    const { code, details = '' } = error as { code?: number; details?: string }
    if (code === 4)
      return { ok: false, output: `timeout: health rpc did not complete within ${target.timeoutMs / 1_000}s` }
    return { ok: false, output: `error: health rpc probe failed: ${details}` }
  } finally {
    client.close()
  }
}
