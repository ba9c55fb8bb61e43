import type { OpenApi } from '@kubets/api-types'
import { ApiError, internalError } from '@kubets/apimachinery'
import type { MetricFamily } from '@kubets/storage'
import type { Application } from 'express'
import type { Handler } from '../handlers/dispatch.ts'
import { respondPageNotFound } from '../handlers/page-not-found.ts'
import type { RequestContext } from '../handlers/request-context.ts'
import type { RequestMetrics } from '../metrics/request-metrics.ts'
import { methodNotAllowed } from '../resources/router.ts'
import type { IssuerDocuments } from '../service-accounts/issuer-discovery.ts'
import { type HealthOptions, mountHealth } from './health.ts'
import { mountIssuer } from './issuer.ts'
import { loadInTurns } from './load-in-turns.ts'
import { nodeObjects } from './node-response.ts'
import { mountOpenApi } from './openapi.ts'
import { versionInfo } from './version.ts'

export interface OuterSurfaceOptions {
  health: HealthOptions
  metrics: RequestMetrics
  /** Metrics that others keep, read at scrape. */
  families: readonly MetricFamily[]
  openApi: OpenApi
  /** What is told of the service account issuer, if it can be told. */
  issuer: IssuerDocuments | undefined
  /** `host:port` under which others reach this server. */
  address: () => string
  /** Paths served elsewhere that `/` lists too. */
  apiPaths: readonly string[]
}

/**
 * Health, metrics, version, OpenAPI and everything unknown, by Express. It is loaded and built at the first request that
 * needs it, in turns: neither a start nor other requests pay for it.
 */
export function outerSurface(options: OuterSurfaceOptions): Handler {
  let app: Promise<Application> | undefined
  return context => {
    app ??= build(options)
    return app.then(ready => answer(ready, context))
  }
}

function answer(app: Application, context: RequestContext): Promise<void> {
  const { request, response } = nodeObjects(context.exchange)
  return new Promise((resolve, reject) => {
    context.exchange.onClose(resolve)
    app(request as never, response as never, (error?: unknown) => {
      // what a route threw becomes a Status at the chain's end
      if (error !== undefined) reject(error instanceof ApiError ? error : internalError(String(error)))
      // no other part of the server knows the path either
      else resolve(respondPageNotFound(context))
    })
  })
}

const isVersion = /^\/version\/?$/

async function build(options: OuterSurfaceOptions): Promise<Application> {
  await loadInTurns('express')
  const { default: express } = await import('express')
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  const paths = [
    ...options.apiPaths,
    ...mountHealth(app, options.health),
    ...mountOpenApi(app, options.openApi),
    ...(options.issuer === undefined ? [] : mountIssuer(app, options.issuer, options.address)),
  ]
  // `all` knows only the methods that Node does
  app.use((request, _response, next) =>
    next(request.method !== 'GET' && isVersion.test(request.path) ? methodNotAllowed() : undefined),
  )
  app.get('/version', (_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.setHeader('cache-control', 'no-cache, private')
    response.end(JSON.stringify(versionInfo, null, 2))
  })
  const registry = lazy(async () => {
    await loadInTurns('prom-client')
    return (await import('./metrics-page.ts')).metricsRegistry(options.metrics, options.families)
  })
  app.get('/metrics', async (_request, response) => {
    const page = await registry()
    response.setHeader('cache-control', 'no-cache, private')
    response.setHeader('content-type', page.contentType)
    response.end(await page.metrics())
  })
  const listed = [...paths, '/metrics', '/version'].sort()
  app.get('/', (_request, response) => {
    response.setHeader('cache-control', 'no-cache, private')
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ paths: listed }, null, 2))
  })
  return app
}

const lazy = <T>(make: () => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
