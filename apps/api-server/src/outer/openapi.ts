import type { OpenApi } from '@kubets/api-types'
import type { Application, Response } from 'express'

export function mountOpenApi(app: Application, source: OpenApi): string[] {
  app.get('/openapi/v3', (_request, response) => {
    const paths: Record<string, { serverRelativeURL: string }> = {}
    for (const groupVersion of source.paths) {
      const { hash } = source.v3(groupVersion)
      paths[groupVersion] = { serverRelativeURL: `/openapi/v3/${groupVersion}?hash=${hash}` }
    }
    json(response, JSON.stringify({ paths }))
  })
  app.get('/openapi/v3/*groupVersion', (request, response, next) => {
    const path = request.path.replace(/^\/openapi\/v3\//, '').replace(/\/$/, '')
    if (!source.paths.includes(path)) return next()
    const { json: text, hash } = source.v3(path)
    const etag = `"${hash}"`
    response.setHeader('etag', etag)
    response.setHeader('vary', 'Accept')
    const asked = new URL(request.url, 'http://outer').searchParams.get('hash')
    // clients that name the hash they want may keep the answer for good
    response.setHeader('cache-control', asked === hash ? 'public, immutable, max-age=31536000' : 'no-cache, private')
    if (request.headers['if-none-match'] === etag) {
      response.statusCode = 304
      response.end()
      return
    }
    json(response, text)
  })
  app.get('/openapi/v2', (request, response) => {
    // older clients ask for protobuf alone; v3 is what they take where they can
    if (!/json|\*/.test(request.headers.accept ?? '*/*')) {
      response.statusCode = 406
      response.end()
      return
    }
    const { json: text, hash } = source.v2()
    const etag = `"${hash}"`
    response.setHeader('etag', etag)
    if (request.headers['if-none-match'] === etag) {
      response.statusCode = 304
      response.end()
      return
    }
    json(response, text)
  })
  return ['/openapi/v2', '/openapi/v3', ...source.paths.map(g => `/openapi/v3/${g}`)]
}

function json(response: Response, text: string): void {
  response.setHeader('content-type', 'application/json')
  response.end(text)
}
