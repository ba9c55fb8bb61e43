import { chmod, mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname } from 'node:path'
import { type Logger, type Running, running } from '@kubets/component'
import type { LayerProgress } from './image-content.ts'
import { loadImages } from './sources/load.ts'
import type { WritableImageStore } from './store.ts'

const { createServer } = process.getBuiltinModule('node:http')

export interface AdminServerOptions {
  /** Path of the unix socket, at most 107 bytes; for its owner only. */
  socket: string
  store: WritableImageStore
  logger: Logger
}

/** One line of the answer to `POST /images/load`. The last is `loaded` or `error`. */
export type LoadEvent =
  | ({ kind: 'layer' } & LayerProgress)
  | { kind: 'loaded'; images: { id: string; references: readonly string[] }[] }
  | { kind: 'error'; message: string }

/** Archives that are received at the same time; each may fill the disk with its copy, so more are told to come later (503). */
const maxLoads = 4

/**
 * What CRI has no method for, over HTTP on a second socket of the shim:
 * `POST /images/load` with an archive as body (or `?path=` of one that this process can read; 404 when it cannot), optionally
 * `?name=` for images that carry no name; answers with {@link LoadEvent} lines.
 */
export async function serveImageAdmin(options: AdminServerOptions): Promise<Running> {
  const path = options.socket.replace(/^unix:(\/\/)?/, '')
  if (Buffer.byteLength(path) > 107)
    throw new Error(`socket path is longer than 107 bytes, the kernel's limit: ${path}`)
  const ended = new AbortController()
  const loads = new Set<Promise<void>>()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://admin')
    if (url.pathname !== '/images/load') return refuse(response, 404, '404 page not found')
    if (request.method !== 'POST') return refuse(response, 405, 'method not allowed')
    if (loads.size >= maxLoads) return refuse(response, 503, 'too many archives are being loaded, try again')
    const load = serveLoad(request, response, url.searchParams, options, ended.signal).finally(() => loads.delete(load))
    loads.add(load)
  })
  server.requestTimeout = 0 // an archive may take longer than five minutes
  await mkdir(dirname(path), { recursive: true })
  await rm(path, { force: true })
  await using undo = new AsyncDisposableStack()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  undo.defer(async () => {
    ended.abort(new Error('the container runtime is stopping'))
    await Promise.all(loads)
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
    await rm(path, { force: true })
  })
  await chmod(path, 0o600)
  return running(undo.move())
}

async function serveLoad(
  request: IncomingMessage,
  response: ServerResponse,
  parameters: URLSearchParams,
  { store, logger }: AdminServerOptions,
  ended: AbortSignal,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort(new Error('the client has gone')))
  request.on('error', () => undefined)
  const say = (event: LoadEvent) => response.write(`${JSON.stringify(event)}\n`)
  const path = parameters.get('path')
  const name = parameters.get('name')
  try {
    const images = await loadImages(store, path ?? request, {
      signal: AbortSignal.any([gone.signal, ended]),
      onProgress: progress => say({ kind: 'layer', ...progress }),
      ...(name === null ? {} : { name }),
    })
    say({ kind: 'loaded', images: images.map(({ id, repoTags }) => ({ id, references: repoTags })) })
    logger.info({ images: images.map(image => image.repoTags) }, 'Loaded images')
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const unreadable = path !== null && ['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')
    if (unreadable && !response.headersSent) {
      refuse(response, 404, message)
      return
    }
    logger.info({ err: error }, 'Cannot load images')
    say({ kind: 'error', message })
  }
  response.end()
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${text}\n`)
}
