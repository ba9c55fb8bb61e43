import { Agent, type RequestOptions, request } from 'node:https'
import type { Rest } from '../rest.ts'

export interface CheckResult {
  readonly status: 'True' | 'False' | 'Unknown'
  readonly message: string
  readonly error?: string
}

/** Asks one part of the control plane how it is; never fails. */
export type ComponentCheck = (rest: Rest) => Promise<CheckResult>

/** Milliseconds that a part has to answer in. */
const patience = 20_000
/** Bytes of an answer that are looked at. */
const maxBody = 10 * 1024

/** What upstream asks: parts on their usual ports of this machine, and the store behind this api-server. */
export const componentChecks: Readonly<Record<string, ComponentCheck>> = {
  'controller-manager': () => healthz(10257),
  scheduler: () => healthz(10259),
  'etcd-0': async ({ store }) => {
    try {
      await store.revision()
      return { status: 'True', message: 'ok' }
    } catch (error) {
      return { status: 'False', message: '', error: error instanceof Error ? error.message : String(error) }
    }
  },
}

/** GET https://127.0.0.1:<port>/healthz. The parts sign their certificates themselves: they are not checked. */
export function healthz(port: number, timeout: number = patience): Promise<CheckResult> {
  const url = `https://127.0.0.1:${port}/healthz`
  const failed = (reason: string): CheckResult => ({ status: 'False', message: `Get "${url}": ${reason}` })
  const options: RequestOptions = {
    agent: new Agent({ keepAlive: false }),
    rejectUnauthorized: false,
    timeout,
    signal: AbortSignal.timeout(timeout),
  }
  return new Promise(resolve => {
    const sent = request(url, options, response => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        if (body.length < maxBody) body = (body + part).slice(0, maxBody)
      })
      response.on('error', error => resolve(failed(reasonOf(error, port))))
      response.on('end', () => resolve(judge(response.statusCode ?? 0, body)))
    })
    sent.on('error', error => resolve(failed(reasonOf(error, port))))
    sent.end()
  })
}

function judge(code: number, body: string): CheckResult {
  if (code < 200 || code >= 400) return { status: 'False', message: `HTTP probe failed with statuscode: ${code}` }
  // upstream's prober follows redirects that lead somewhere; what is left of them is neither good nor bad
  if (code >= 300) return { status: 'Unknown', message: `Probe terminated redirects, Response body: ${body}` }
  return { status: 'True', message: body }
}

/** What Go would say of the usual ways to fail. */
function reasonOf(error: NodeJS.ErrnoException, port: number): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
  }
  if (error.code === 'ECONNREFUSED') return `dial tcp 127.0.0.1:${port}: connect: connection refused`
  if (error.code === 'ECONNRESET') return 'EOF'
  return error.message
}
