/** A watch frame longer than this ends the watch: no object may be so big, so the stream is not one. */
const MAX_LINE = 64 << 20

/** Cuts a byte stream into lines, wherever the chunks were cut. */
export function createLineSplitter(): (chunk: Buffer) => string[] {
  let open: Buffer[] = []
  let openBytes = 0
  return chunk => {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      if (openBytes === 0) lines.push(chunk.toString('utf8', start, end))
      else {
        // joined as bytes: a cut may lie inside one character
        lines.push(Buffer.concat([...open, chunk.subarray(start, end)]).toString('utf8'))
        open = []
        openBytes = 0
      }
      start = end + 1
    }
    if (start < chunk.length) {
      open.push(start === 0 ? chunk : chunk.subarray(start))
      openBytes += chunk.length - start
      if (openBytes > MAX_LINE) throw new Error(`a watch frame is longer than ${MAX_LINE} bytes`)
    }
    return lines.filter(line => line !== '')
  }
}
