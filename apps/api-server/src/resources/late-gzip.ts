import type { BodyWriter } from '../front/exchange.ts'

interface Written {
  readonly chunk: Uint8Array
  readonly sent: (() => void) | undefined
}

export interface LateGzipOptions {
  /** More bytes than these are compressed: so many are held until that shows. */
  readonly from: number
  /** Begins the answer. */
  readonly plain: () => BodyWriter
  readonly compressed: () => BodyWriter
  /** The client has gone before that. */
  readonly gone: () => boolean
}

/** A body of which only its bytes tell whether it is compressed: the answer begins with the first one beyond the threshold, or with the last one. */
export class LateGzip implements BodyWriter {
  readonly #options: LateGzipOptions
  #held: Written[] = []
  #size = 0
  #target: BodyWriter | undefined

  constructor(options: LateGzipOptions) {
    this.#options = options
  }

  get closed(): boolean {
    return this.#target?.closed ?? this.#options.gone()
  }

  get buffered(): number {
    return this.#target?.buffered ?? this.#size
  }

  write(bytes: Uint8Array | string, sent?: () => void): boolean {
    if (this.#target !== undefined) return this.#target.write(bytes, sent)
    const chunk = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    this.#size += chunk.length
    this.#held.push({ chunk, sent })
    return this.#size <= this.#options.from || this.#begin(this.#options.compressed())
  }

  /** False when the reader is slow. */
  #begin(target: BodyWriter): boolean {
    this.#target = target
    const held = this.#held
    this.#held = []
    let room = true
    for (const { chunk, sent } of held) room = target.write(chunk, sent)
    return room
  }

  drained(): Promise<void> {
    return this.#target?.drained() ?? Promise.resolve()
  }

  end(): void {
    if (this.#target === undefined) this.#begin(this.#options.plain())
    this.#target?.end()
  }
}
