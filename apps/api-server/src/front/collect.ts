import type { Readable } from 'node:stream'
import { BodyTooLargeError, ClientGoneError } from './exchange.ts'

/**
 * Gathers a request body of at most `limit` bytes. Of a larger one the rest is read and dropped, up to the limit once more: a client that is
 * still sending when the connection ends over HTTP/1.1 sees a broken connection instead of our answer.
 */
export function collect(source: Readable, limit: number, contentLength: string | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const patience = 2 * limit
    let tooLarge = contentLength !== undefined && Number(contentLength) > limit
    if (tooLarge && Number(contentLength) > patience) return reject(new BodyTooLargeError(limit))
    if (source.destroyed) return reject(new ClientGoneError())
    let chunks: Buffer[] = []
    let size = 0
    let settled = false
    const onData = (chunk: Buffer) => {
      if (settled) return
      size += chunk.length
      if (size > limit) {
        tooLarge = true
        chunks = []
      }
      if (!tooLarge) chunks.push(chunk)
      else if (size > patience) {
        settled = true
        source.off('data', onData)
        source.pause()
        reject(new BodyTooLargeError(limit))
      }
    }
    const onEnd = () => {
      if (settled) return
      settled = true
      const read = chunks
      // the source lives until the answer is out, and what listens to it with it
      chunks = []
      if (tooLarge) reject(new BodyTooLargeError(limit))
      else resolve(read.length === 1 ? (read[0] as Buffer) : Buffer.concat(read, size))
    }
    const onGone = () => {
      if (settled) return
      settled = true
      reject(new ClientGoneError())
    }
    // none of them is taken away again, nor called only once: that costs more, and the source goes with its request
    source.on('data', onData)
    source.on('end', onEnd)
    source.on('error', onGone)
    source.on('close', onGone)
  })
}
