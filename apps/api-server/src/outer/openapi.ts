import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type OpenApi, openApiV2ProtobufType } from '@kubets/api-types'
import type { Application, Request, Response } from 'express'
import { acceptsGzip } from '../resources/begin-list.ts'
import { inTurns } from './in-turns.ts'

/** `/openapi/v2`, `/openapi/v3` and a document of each path that v3 lists. */
export function mountOpenApi(app: Application, source: OpenApi): string[] {
  app.get('/openapi/v3', async (_request, response) => {
    const paths: Record<string, { serverRelativeURL: string }> = {}
    for (const path of source.paths) {
      // the first index makes all documents
      const { hash } = await inTurns(source.v3Steps(path))
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }
    }
    response.setHeader('cache-control', 'no-cache, private')
    send(response, 'text/plain; charset=utf-8', JSON.stringify({ paths }))
  })
  app.get('/openapi/v3/*path', (request, response) => serveV3(source, request, response))
  app.get('/openapi/v2', (request, response) => serveV2(source, request, response))
  return ['/openapi/v2', '/openapi/v3', ...source.paths.map(path => `/openapi/v3/${path}`)]
}

async function serveV3(source: OpenApi, request: Request, response: Response): Promise<undefined> {
  const path = request.path.replace(/^\/openapi\/v3\//, '').replace(/\/$/, '')
  response.setHeader('cache-control', 'no-cache, private')
  if (!source.paths.includes(path)) return end(response, 404)
  if (!/json|\*\/\*|application\/\*/.test(request.headers.accept ?? '*/*')) return end(response, 406)
  const { json, hash } = await inTurns(source.v3Steps(path))
  response.setHeader('etag', `"${hash}"`)
  response.setHeader('vary', 'Accept')
  const asked = new URL(request.url, 'http://outer').searchParams.get('hash')
  if (asked !== null && asked !== hash) {
    response.setHeader('location', `/openapi/v3/${path}?hash=${hash}`)
    return end(response, 301)
  }
  if (asked !== null) {
    // what is named by its hash never changes
    response.setHeader('cache-control', 'public, immutable')
    response.setHeader('expires', new Date(Date.now() + yearMs).toUTCString())
  }
  if (request.headers['if-none-match'] === `"${hash}"`) return end(response, 304)
  return send(response, 'application/json', json)
}

const yearMs = 365 * 24 * 3600 * 1000
const compress = promisify(gzip)

async function serveV2(source: OpenApi, request: Request, response: Response): Promise<undefined> {
  const accept = request.headers.accept ?? '*/*'
  const form = accept
    .split(',')
    .map(formOf)
    .find(known => known !== undefined)
  response.setHeader('cache-control', 'no-cache, private')
  response.setHeader('vary', ['Accept-Encoding', 'Accept'])
  if (form === undefined) return end(response, 406)
  const document = await inTurns(source.v2Steps())
  response.setHeader('etag', `"${document.hash}"`)
  if (request.headers['if-none-match'] === `"${document.hash}"`) return end(response, 304)
  const body = form === 'json' ? document.json : document.protobuf()
  const type = form === 'json' ? 'application/json' : openApiV2ProtobufType.replace('@', '.')
  if (!acceptsGzip(request.headers['accept-encoding'])) return send(response, type, body)
  const packed = await compress(body, { level: 1 })
  response.setHeader('content-encoding', 'gzip')
  return send(response, type, packed)
}

/** The form that one clause of an Accept header asks for. */
function formOf(clause: string): 'json' | 'protobuf' | undefined {
  const type = clause.split(';')[0]?.trim()
  if (type === openApiV2ProtobufType || type === openApiV2ProtobufType.replace('@', '.')) return 'protobuf'
  return type === 'application/json' || type === '*/*' || type === 'application/*' ? 'json' : undefined
}

function send(response: Response, type: string, body: string | Uint8Array): undefined {
  response.setHeader('content-type', type)
  response.end(body)
  return undefined
}

function end(response: Response, status: number): undefined {
  response.statusCode = status
  response.end()
  return undefined
}
