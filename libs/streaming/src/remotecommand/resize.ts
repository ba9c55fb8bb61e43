import type { Readable } from 'node:stream'
import type { TerminalSize } from '../contract.ts'

/** One size is some 30 bytes; more than this without a whole one is no resize stream, and reading it ends. */
const maxUnparsed = 4096

/** The sizes in a stream of JSON objects one after the other. A reader that is behind sees only the newest. Ends with the stream. */
export function terminalSizes(stream: Readable | undefined, signal: AbortSignal): AsyncIterable<TerminalSize> {
  let newest: TerminalSize | undefined
  let ended = stream === undefined || signal.aborted
  let wake: (() => void) | undefined
  const stir = () => {
    wake?.()
    wake = undefined
  }
  const end = () => {
    ended = true
    stir()
  }
  let text = ''
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8')
    for (let close = text.indexOf('}'); close !== -1; close = text.indexOf('}')) {
      const size = parseSize(text.slice(0, close + 1))
      text = text.slice(close + 1)
      if (size === undefined) {
        stream.destroy()
        return
      }
      newest = size
      stir()
    }
    if (text.length > maxUnparsed) stream.destroy()
  })
  stream?.once('close', end)
  stream?.once('end', end)
  signal.addEventListener('abort', end, { once: true })
  return {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        if (newest !== undefined) {
          const size = newest
          newest = undefined
          yield size
        } else if (ended) return
        else
          await new Promise<void>(resolve => {
            wake = resolve
          })
      }
    },
  }
}

/** `{"Width":80,"Height":24}`, names in any case as Go's decoder takes them. */
function parseSize(text: string): TerminalSize | undefined {
  try {
    const size: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, unknown>))
      size[name.toLowerCase()] = value
    const number = (value: unknown) =>
      typeof value === 'number' && value >= 0 && value <= 0xffff ? Math.floor(value) : 0
    return { width: number(size.width), height: number(size.height) }
  } catch {
    return undefined
  }
}
