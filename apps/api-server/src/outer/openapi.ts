import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type OpenApi, openApiV2ProtobufType, openApiV3ProtobufType } from '@kubets/api-types'
import type { Application, Request, Response } from 'express'
import { acceptsGzip } from '../resources/begin-list.ts'
import { acceptedTypes } from '../resources/representation.ts'
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
  const path = request.path.replace(/^\/openapi\/v3\//, '')
  response.setHeader('cache-control', 'no-cache, private')
  if (!source.paths.includes(path)) return end(response, 404)
  response.setHeader('vary', 'Accept')
  const form = formOf(request, openApiV3ProtobufType)
  if (form === undefined) return end(response, 406)
  const [body, hash] = await v3Body(source, path, form)
  response.setHeader('content-type', contentTypes[form](openApiV3ProtobufType))
  response.setHeader('etag', `"${hash}"`)
  const asked = new URL(request.url, 'http://outer').searchParams.get('hash')
  if (asked && asked !== hash) {
    response.setHeader('location', `/openapi/v3/${path}?hash=${hash}`)
    return end(response, 301)
  }
  if (asked) {
    // what is named by its hash never changes
    response.setHeader('cache-control', 'public, immutable')
    response.setHeader('expires', new Date(Date.now() + yearMs).toUTCString())
  }
  if (isKnown(request, hash)) return notModified(response)
  response.end(body)
}

async function v3Body(source: OpenApi, path: string, form: Form): Promise<[string | Uint8Array, string]> {
  if (form === 'json') {
    const { json, hash } = await inTurns(source.v3Steps(path))
    return [json, hash]
  }
  const { bytes, hash } = await inTurns(source.v3ProtobufSteps(path))
  return [bytes, hash]
}

const yearMs = 365 * 24 * 3600 * 1000
const compress = promisify(gzip)

async function serveV2(source: OpenApi, request: Request, response: Response): Promise<undefined> {
  const form = formOf(request, openApiV2ProtobufType)
  response.setHeader('cache-control', 'no-cache, private')
  response.setHeader('vary', ['Accept-Encoding', 'Accept'])
  if (form === undefined) return end(response, 406)
  const [body, hash] = await v2Body(source, form)
  response.setHeader('etag', `"${hash}"`)
  if (isKnown(request, hash)) return notModified(response)
  const type = contentTypes[form](openApiV2ProtobufType)
  if (!acceptsGzip(request.headers['accept-encoding'])) return send(response, type, body)
  const packed = await compress(body, { level: 1 })
  response.setHeader('content-encoding', 'gzip')
  return send(response, type, packed)
}

async function v2Body(source: OpenApi, form: Form): Promise<[string | Uint8Array, string]> {
  if (form === 'json') {
    const { json, hash } = await inTurns(source.v2Steps())
    return [json, hash]
  }
  const { bytes, hash } = await inTurns(source.v2ProtobufSteps())
  return [bytes, hash]
}

type Form = 'json' | 'protobuf'

const contentTypes: Readonly<Record<Form, (protobuf: string) => string>> = {
  json: () => 'application/json',
  // asked for with an @, which is no character of a media type
  protobuf: type => type.replace('@', '.'),
}

/** The first form of those that the client likes. */
function formOf(request: Request, protobufType: string): Form | undefined {
  const { protobuf } = contentTypes
  return acceptedTypes(request.headers.accept)
    .map(type => {
      if (type === protobufType || type === protobuf(protobufType)) return 'protobuf'
      return type === 'application/json' || type === '*/*' || type === 'application/*' ? 'json' : undefined
    })
    .find(form => form !== undefined)
}

const isKnown = (request: Request, hash: string) =>
  (request.headers['if-none-match'] ?? '').split(',').some(tag => tag.trim() === `"${hash}"` || tag.trim() === '*')

function notModified(response: Response): undefined {
  response.removeHeader('content-type')
  return end(response, 304)
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
