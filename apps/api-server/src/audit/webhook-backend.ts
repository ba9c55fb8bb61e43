import { Agent, request as requestHttps } from 'node:https'
import { type ClientConfig, followKubeconfig } from '@kubets/client'
import { CertificateFiles, type Clock, type Logger, sleep } from '@kubets/component'
import type { AuditBackend, AuditMetrics } from './backend.ts'
import { type AuditEvent, eventText } from './event.ts'

const { request: requestHttp } = process.getBuiltinModule('node:http')

/** Milliseconds for one try. */
const timeout = 30_000
/** Tries of one batch, and how the pause between them grows: upstream's figures. */
const tries = 5
const factor = 1.5

export interface WebhookOptions {
  /** A kubeconfig that names the server to send to. */
  configFile: string
  /** Milliseconds before the second try. */
  initialBackoff: number
  metrics: AuditMetrics
  clock: Clock
  logger: Logger
}

/** Posts events as an `EventList` to another server. A batch that does not arrive is tried again, whatever the reason. */
export async function webhookBackend(options: WebhookOptions): Promise<AuditBackend> {
  const { initialBackoff, metrics, clock, logger } = options
  const closing = new AbortController()
  const files = new CertificateFiles({ logger, signal: closing.signal })
  const config = await followKubeconfig({ file: options.configFile, files })
  const agent = new Agent({ keepAlive: true, maxSockets: 10 })
  return {
    async process(events) {
      const body = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${events.map(eventText).join(',')}]}`
      let pause = initialBackoff
      for (let attempt = 1; ; attempt++) {
        try {
          await post(config.current, agent, body)
          return true
        } catch (error) {
          if (attempt === tries || closing.signal.aborted) {
            report(events, error)
            return false
          }
        }
        // jittered, so that several servers do not come back at once
        await sleep(pause * (1 + Math.random() * 0.2), closing.signal, clock)
        pause *= factor
      }
    },
    async close() {
      closing.abort()
      agent.destroy()
    },
  }

  function report(events: readonly AuditEvent[], error: unknown): void {
    metrics.failed('webhook', events.length)
    const auditIds = events.slice(0, 10).map(({ auditID }) => auditID)
    logger.error({ err: error, auditIds }, `Error in audit plugin 'webhook' affecting ${events.length} audit events`)
  }
}

function post(config: ClientConfig, agent: Agent, body: string): Promise<void> {
  const { server, ca, cert, key, token, tlsServerName, insecureSkipTlsVerify } = config
  const secure = server.startsWith('https:')
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return new Promise((resolve, reject) => {
    const sent = secure
      ? requestHttps(server, {
          method: 'POST',
          headers,
          timeout,
          agent,
          ...(ca === undefined ? {} : { ca }),
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
          ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
          rejectUnauthorized: insecureSkipTlsVerify !== true,
        })
      : requestHttp(server, { method: 'POST', headers, timeout })
    sent.on('response', response => {
      response.resume()
      response.on('end', () => {
        const code = response.statusCode ?? 0
        if (code >= 200 && code < 300) resolve()
        else reject(new Error(`the audit webhook answered ${code}`))
      })
      response.on('error', reject)
    })
    sent.on('timeout', () => sent.destroy(new Error(`the audit webhook did not answer within ${timeout / 1000} s`)))
    sent.on('error', reject)
    sent.end(body)
  })
}
