import type { HealthCheck } from '@kubets/component'
import type { Application, Request, Response } from 'express'

/** `/healthz`, `/livez` and `/readyz` have their own lists; each check also stands under its own path. */
export interface HealthOptions {
  healthz: readonly HealthCheck[]
  livez: readonly HealthCheck[]
  readyz: readonly HealthCheck[]
}

const ping: HealthCheck = { name: 'ping', check: () => undefined }

/** Mounts the health endpoints, with `?verbose` and `?exclude=`, in upstream's words. */
export function mountHealth(app: Application, options: HealthOptions): string[] {
  const paths: string[] = []
  for (const root of ['healthz', 'livez', 'readyz'] as const) {
    const checks = [ping, ...options[root]]
    app.all(`/${root}`, (request, response) => answerAll(root, checks, request, response))
    paths.push(`/${root}`)
    for (const one of checks) {
      app.all(`/${root}/${one.name}`, (_request, response) => answerOne(one, response))
      paths.push(`/${root}/${one.name}`)
    }
  }
  return paths
}

async function answerAll(
  root: string,
  checks: readonly HealthCheck[],
  request: Request,
  response: Response,
): Promise<void> {
  const query = new URL(request.url, 'http://outer').searchParams
  const excluded = new Set(query.getAll('exclude'))
  const unknown = [...excluded].filter(name => !checks.some(check => check.name === name))
  const lines: string[] = []
  let failed = false
  for (const { name, check } of checks) {
    if (excluded.has(name)) {
      lines.push(`[+]${name} excluded: ok`)
      continue
    }
    try {
      await check()
      lines.push(`[+]${name} ok`)
    } catch {
      failed = true
      lines.push(`[-]${name} failed: reason withheld`)
    }
  }
  if (unknown.length > 0)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${unknown.map(n => JSON.stringify(n)).join(', ')}`,
    )
  send(response, failed ? 500 : 200)
  if (failed) response.end(`${lines.join('\n')}\n${root} check failed\n`)
  else if (query.has('verbose')) response.end(`${lines.join('\n')}\n${root} check passed\n`)
  else response.end('ok')
}

async function answerOne({ check }: HealthCheck, response: Response): Promise<void> {
  try {
    await check()
    send(response, 200)
    // upstream writes this one by hand
    response.removeHeader('x-content-type-options')
    response.end('ok')
  } catch {
    send(response, 500)
    response.end('internal server error: reason withheld\n')
  }
}

function send(response: Response, status: number): void {
  response.statusCode = status
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('cache-control', 'no-cache, private')
}
