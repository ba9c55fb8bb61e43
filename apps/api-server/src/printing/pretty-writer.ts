import type { BodyWriter } from '../front/exchange.ts'
import { ChunkedBody, type ChunkPool } from '../resources/chunked-body.ts'
import type { ListTurns } from '../resources/list-turns.ts'
import { JsonIndenter } from './json-indenter.ts'

/** What is laid out between two looks at the time and at the reader. Writers have it in turn: none keeps it while it waits. */
const scratch = Buffer.allocUnsafeSlow(16 * 1024)

interface Piece {
  readonly bytes: Uint8Array
  readonly sent: (() => void) | undefined
}

/**
 * A writer that lays JSON out for people on the way, as fast as the client reads and within the turns of lists. It holds what it was given and not yet
 * laid out; of what it has made two or three chunks, however much a piece becomes.
 */
export class PrettyWriter implements BodyWriter {
  readonly #target: BodyWriter
  readonly #body: ChunkedBody
  readonly #turns: ListTurns
  readonly #cut: () => void
  readonly #indenter = new JsonIndenter(scratch)
  readonly #pieces: Piece[] = []
  #held = 0
  #running = false
  #ended = false
  #waiting: (() => void)[] = []

  /** `cut`: breaks the answer off. */
  constructor(target: BodyWriter, chunks: ChunkPool, turns: ListTurns, cut: () => void) {
    this.#target = target
    this.#body = new ChunkedBody(target, chunks)
    this.#turns = turns
    this.#cut = cut
  }

  get closed(): boolean {
    return this.#ended || this.#target.closed
  }

  get buffered(): number {
    return this.#held + this.#target.buffered
  }

  /** False: it is not laid out yet. */
  write(chunk: Uint8Array | string, sent?: () => void): boolean {
    if (this.closed) {
      sent?.()
      return true
    }
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    this.#pieces.push({ bytes, sent })
    this.#held += bytes.length
    this.#start()
    return false
  }

  drained(): Promise<void> {
    return new Promise(resolve => {
      if (this.#running) this.#waiting.push(resolve)
      else resolve()
    })
  }

  end(): void {
    if (this.closed) return
    this.#ended = true
    this.#start()
  }

  #start(): void {
    if (this.#running) return
    this.#running = true
    void this.#run().catch(this.#cut)
  }

  async #run(): Promise<void> {
    try {
      for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
        await this.#layOut(piece.bytes)
        this.#pieces.shift()
        this.#held -= piece.bytes.length
        piece.sent?.()
      }
      if (this.#ended && !this.#target.closed) await this.#body.end()
    } finally {
      this.#running = false
      const waiting = this.#waiting
      this.#waiting = []
      for (const go of waiting) go()
    }
  }

  async #layOut(bytes: Uint8Array): Promise<void> {
    const indenter = this.#indenter
    const body = this.#body
    let at = 0
    do {
      if (this.#turns.over) await this.#turns.next()
      if (this.#target.closed) return
      at = indenter.read(bytes, at, bytes.length)
      body.bytes(indenter.out, 0, indenter.used)
      indenter.used = 0
      if (body.mustWait) await body.drained()
    } while (at < bytes.length)
  }
}
