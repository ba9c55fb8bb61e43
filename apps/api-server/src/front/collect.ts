import type { Readable } from 'node:stream'
import { BodyTooLargeError, ClientGoneError } from './exchange.ts'

/** Gathers a request body of at most `limit` bytes. */
export function collect(source: Readable, limit: number, contentLength: string | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (contentLength !== undefined && Number(contentLength) > limit) return reject(new BodyTooLargeError(limit))
    if (source.destroyed) return reject(new ClientGoneError())
    const chunks: Buffer[] = []
    let size = 0
    let settled = false
    const settle = (finish: () => void) => {
      if (settled) return
      settled = true
      source.off('data', onData)
      finish()
    }
    const onData = (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        settle(() => reject(new BodyTooLargeError(limit)))
        source.pause()
        return
      }
      chunks.push(chunk)
    }
    source.on('data', onData)
    source.once('end', () =>
      settle(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size))),
    )
    source.once('error', () => settle(() => reject(new ClientGoneError())))
    source.once('close', () => settle(() => reject(new ClientGoneError())))
  })
}
