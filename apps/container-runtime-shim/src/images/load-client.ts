import { createReadStream } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { LoadEvent } from './admin-server.ts'

const { request } = process.getBuiltinModule('node:http')

export interface LoadImageOptions {
  /** Repository for images in the archive that carry no name. */
  name?: string
  onProgress?: (event: LoadEvent & { kind: 'layer' }) => void
  signal?: AbortSignal
}

/** An image that a shim has loaded. */
export interface LoadedImage {
  id: string
  references: readonly string[]
}

/**
 * Hands an archive to a running shim through its admin socket. A path is read by the shim itself where it can (nothing is
 * copied, and a node that has the layers reads only the archive's headers); otherwise, and for streams, the bytes are sent.
 * Rejects with the shim's message.
 */
export async function loadImage(
  socket: string,
  archive: string | AsyncIterable<Uint8Array>,
  options: LoadImageOptions = {},
): Promise<LoadedImage[]> {
  const socketPath = socket.replace(/^unix:(\/\/)?/, '')
  if (typeof archive === 'string') {
    const response = await post(socketPath, { ...options, path: archive })
    if (response.statusCode !== 404) return readEvents(response, options)
    response.resume()
    archive = createReadStream(archive)
  }
  return readEvents(await post(socketPath, { ...options, body: archive }), options)
}

interface Post {
  path?: string
  name?: string
  body?: AsyncIterable<Uint8Array>
  signal?: AbortSignal
}

function post(socketPath: string, { path, name, body, signal }: Post): Promise<IncomingMessage> {
  const query = new URLSearchParams()
  if (path !== undefined) query.set('path', path)
  if (name !== undefined) query.set('name', name)
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath,
      method: 'POST',
      path: `/images/load?${query}`,
      agent: false,
      headers: { 'content-type': 'application/x-tar' },
      ...(signal ? { signal } : {}),
    })
    outgoing.once('response', resolve)
    outgoing.once('error', error =>
      reject(new Error(`cannot reach the container runtime at ${socketPath}: ${error.message}`, { cause: error })),
    )
    // when the shim refuses the archive half-way its answer says why, not the broken pipe
    if (body === undefined) outgoing.end()
    else pipeline(Readable.from(body, { objectMode: false }), outgoing).catch(reject)
  })
}

async function readEvents(response: IncomingMessage, options: LoadImageOptions): Promise<LoadedImage[]> {
  let text = ''
  for await (const line of createInterface({ input: response })) {
    if (response.statusCode !== 200) {
      text += line
      continue
    }
    const event = JSON.parse(line) as LoadEvent
    if (event.kind === 'layer') options.onProgress?.(event)
    else if (event.kind === 'loaded') return event.images
    else throw new Error(event.message)
  }
  throw new Error(text || 'the container runtime ended before the images were loaded')
}
