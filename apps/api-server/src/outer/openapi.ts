import { type OpenApi, openApiV2ProtobufType, openApiV3ProtobufType } from '@kubets/api-types'
import type { Application, Request, Response } from 'express'
import { acceptedTypes } from '../resources/representation.ts'
import { serveContent } from './content/index.ts'
import { inTurns } from './in-turns.ts'

/** `/openapi/v2`, `/openapi/v3` and a document of each path that v3 lists. */
export function mountOpenApi(app: Application, source: OpenApi): string[] {
  const since = made()
  app.all('/openapi/v3', async (request, response) => {
    // Express takes a slash behind it for nothing
    if (request.path.endsWith('/')) return serveV3(source, since, request, response)
    const paths: Record<string, { serverRelativeURL: string }> = {}
    for (const path of source.paths) {
      // the first index makes all documents
      const { hash } = await inTurns(source.v3Steps(path))
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }
    }
    response.setHeader('cache-control', 'no-cache, private')
    // upstream makes it anew for each
    const modified = Date.now()
    await serveContent(request, response, {
      type: 'text/plain; charset=utf-8',
      body: JSON.stringify({ paths }),
      modified,
    })
  })
  app.all('/openapi/v3/*path', (request, response) => serveV3(source, since, request, response))
  app.all('/openapi/v2', (request, response, next) =>
    request.path.endsWith('/') ? next() : serveV2(source, since, request, response),
  )
  return ['/openapi/v2', '/openapi/v3', ...source.paths.map(path => `/openapi/v3/${path}`)]
}

type Since = (hash: string) => number

/** When each document was first answered: it is made for that. */
function made(): Since {
  const times = new Map<string, number>()
  return hash => {
    const time = times.get(hash) ?? Date.now()
    times.set(hash, time)
    return time
  }
}

async function serveV3(source: OpenApi, since: Since, request: Request, response: Response): Promise<void> {
  const path = request.path.replace(/^\/openapi\/v3\//, '')
  response.setHeader('cache-control', 'no-cache, private')
  if (!source.paths.includes(path)) return end(response, 404)
  response.setHeader('vary', 'Accept')
  const form = formOf(request, openApiV3ProtobufType)
  if (form === undefined) return end(response, 406)
  const [body, hash] = await v3Body(source, path, form)
  const type = contentTypes[form](openApiV3ProtobufType)
  response.setHeader('etag', `"${hash}"`)
  const asked = new URL(request.url, 'http://outer').searchParams.get('hash')
  if (asked && asked !== hash) {
    response.setHeader('content-type', type)
    response.setHeader('location', `/openapi/v3/${path}?hash=${hash}`)
    return end(response, 301)
  }
  if (asked) {
    // what is named by its hash never changes
    response.setHeader('cache-control', 'public, immutable')
    response.setHeader('expires', new Date(Date.now() + yearMs).toUTCString())
  }
  await serveContent(request, response, { type, body, modified: since(hash) })
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

async function serveV2(source: OpenApi, since: Since, request: Request, response: Response): Promise<void> {
  const form = formOf(request, openApiV2ProtobufType)
  response.setHeader('cache-control', 'no-cache, private')
  response.setHeader('vary', ['Accept-Encoding', 'Accept'])
  if (form === undefined) return end(response, 406)
  const [body, hash] = await v2Body(source, form)
  response.setHeader('etag', `"${hash}"`)
  const type = contentTypes[form](openApiV2ProtobufType)
  await serveContent(request, response, { type, body, modified: since(hash), compressed: true })
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

function end(response: Response, status: number): void {
  response.statusCode = status
  response.end()
}
