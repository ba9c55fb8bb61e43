import { WriteBatch } from '../writing/write-batch.ts'

/** Where the commits of a batch end. */
export interface End {
  /** The last commit in it. */
  readonly commit: number
  /** The journal's last record that it has. */
  readonly record: number
}

/** The beginning of a batch, and where that ends. */
export interface Beginning extends End {
  readonly length: number
}

/** What LMDB gets next: commits one behind the other, as one batch. */
export class Waiting {
  #next = new WriteBatch()
  #spare = new WriteBatch()
  #end: End

  constructor(end: End) {
    this.#end = end
  }

  get length(): number {
    return this.#next.length
  }

  /** What it ends with; where it is empty, what was taken last. */
  get end(): End {
    return this.#end
  }

  /** Copies a batch, which is empty then. */
  add(batch: WriteBatch, end: End): void {
    this.#next.append(batch.bytes())
    batch.refill(batch.memory)
    this.#end = end
  }

  /** All of it. What comes before the next {@link take} needs the memory of what was taken before that. */
  take(): WriteBatch {
    const batch = this.#next
    this.#next = this.#spare
    this.#spare = batch
    return batch
  }

  /** What was taken last, before what has come meanwhile; `some`: no more of it than that, and nothing has. */
  putBack(batch: WriteBatch, some: Beginning | undefined): void {
    if (some !== undefined) {
      batch.cut(some.length)
      this.#end = some
    }
    batch.append(this.#next.bytes())
    this.#next.refill(this.#next.memory)
    this.#spare = this.#next
    this.#next = batch
  }

  /** Went by it, when it was empty. */
  passed(end: End): void {
    this.#end = end
  }
}
