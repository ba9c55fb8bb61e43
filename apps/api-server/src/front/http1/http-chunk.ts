/** Chunks made last: an event goes to thousands of watchers in at most a few forms. */
const remembered = 4
/** Larger ones are not kept waiting for others who want them. */
const maxRemembered = 512 * 1024
const bodies: (Uint8Array | undefined)[] = new Array(remembered).fill(undefined)
const chunks: Buffer[] = new Array(remembered).fill(Buffer.alloc(0))
let oldest = 0

/** A body's piece as HTTP/1.1 frames it; made once for all who send the same bytes one after the other. */
export function httpChunk(body: Uint8Array): Buffer {
  const known = bodies.indexOf(body)
  if (known !== -1) return chunks[known] as Buffer
  const head = `${body.length.toString(16)}\r\n`
  const chunk = Buffer.allocUnsafeSlow(head.length + body.length + 2)
  chunk.write(head, 0, 'latin1')
  chunk.set(body, head.length)
  chunk.write('\r\n', head.length + body.length, 'latin1')
  if (body.length > maxRemembered) return chunk
  bodies[oldest] = body
  chunks[oldest] = chunk
  oldest = (oldest + 1) % remembered
  return chunk
}
