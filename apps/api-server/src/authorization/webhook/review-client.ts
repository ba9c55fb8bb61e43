import type { RequestOptions } from 'node:http'
import { request as httpsRequest, Agent as TlsAgent } from 'node:https'
import { type ClientConfig, followKubeconfig } from '@kubets/client'
import { CertificateFiles, type Logger } from '@kubets/component'
import { mayHelpAgain, refusalMessage } from './refusal-message.ts'

const { Agent, request: httpRequest } = process.getBuiltinModule('node:http')

export interface ReviewStatus {
  readonly allowed?: boolean
  readonly denied?: boolean
  readonly reason?: string
  readonly evaluationError?: string
}

/** A failed question; `retry` when another try may help. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError'
  readonly retry: boolean

  constructor(message: string, retry: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.retry = retry
  }
}

/** An answer larger than this is none. */
const maxAnswerBytes = 1 << 20

/** Posts a body to the place that a kubeconfig file names, exactly there; the file is read again when it changes. Rejects with {@link ReviewError}. */
export async function reviewClient<Status extends object = ReviewStatus>(
  file: string,
  timeout: number,
  stop: AbortSignal,
  logger: Logger,
  /** What is asked, and what the answer must be. */
  review: 'SubjectAccessReview' | 'TokenReview' | 'ImageReview' = 'SubjectAccessReview',
): Promise<(body: string) => Promise<Status>> {
  const config = await followKubeconfig({ file, files: new CertificateFiles({ logger, signal: stop }) })
  // they keep connections of other certificates apart
  const agents = { 'http:': new Agent({ keepAlive: true }), 'https:': new TlsAgent({ keepAlive: true }) }
  stop.addEventListener('abort', () => Object.values(agents).forEach(agent => void agent.destroy()), { once: true })
  let target = targetOf(config.current)
  config.onChange(changed => {
    target = targetOf(changed)
  })
  return body => post(target, body)

  function post({ url, options }: Target, body: string): Promise<Status> {
    const server = url.href.replace(/\/$/, '')
    const secure = url.protocol === 'https:'
    const send = secure ? httpsRequest : httpRequest
    return new Promise((resolve, reject) => {
      const fail = (error: Error & { code?: string }) =>
        reject(
          error instanceof ReviewError
            ? error
            : new ReviewError(`Post ${JSON.stringify(server)}: ${reasonOf(error)}`, error.code === 'ECONNRESET', error),
        )
      const asked = send(
        url,
        {
          ...options,
          agent: secure ? agents['https:'] : agents['http:'],
          signal: AbortSignal.any([AbortSignal.timeout(timeout), stop]),
        },
        response => {
          const parts: Buffer[] = []
          let size = 0
          response.on('data', (part: Buffer) => {
            size += part.length
            if (size > maxAnswerBytes) asked.destroy(new ReviewError('the answer is too large', false))
            else parts.push(part)
          })
          response.on('error', fail)
          response.on('end', () => {
            const status = response.statusCode ?? 0
            try {
              const text = Buffer.concat(parts).toString('utf8')
              if (status < 200 || status > 299) throw refused(status, text, response.headers['retry-after'])
              resolve(statusOf<Status>(text, review))
            } catch (error) {
              fail(error as Error)
            }
          })
        },
      )
      asked.on('error', fail)
      asked.end(body)
    })
  }
}

interface Target {
  readonly url: URL
  readonly options: RequestOptions
}

function targetOf({ server, ca, cert, key, token, tlsServerName, insecureSkipTlsVerify }: ClientConfig): Target {
  const tls = {
    ...(ca === undefined ? {} : { ca, allowPartialTrustChain: true }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
    ...(insecureSkipTlsVerify === true ? { rejectUnauthorized: false } : {}),
  }
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': 'kube-apiserver-admission',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  return { url: new URL(server), options: { method: 'POST', headers, ...tls } }
}

/** Go's word for a request that took too long. */
const reasonOf = (error: Error) => (error.name === 'AbortError' ? 'context deadline exceeded' : error.message)

const refused = (status: number, body: string, retryAfter: string | undefined) =>
  new ReviewError(refusalMessage(status, body), mayHelpAgain(status, retryAfter))

function statusOf<Status extends object>(text: string, review: string): Status {
  const { kind, status = {} as Status } = JSON.parse(text) as { kind?: string; status?: Status }
  if (kind !== undefined && kind !== review) throw new ReviewError(`the answer is a ${kind}`, false)
  return status
}
