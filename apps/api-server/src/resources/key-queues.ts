import { TransientMap } from '@kubets/component'
import type { StoredBytes } from './rest.ts'

interface Line {
  tail: Promise<void>
  waiting: number
  /** What the writer before left behind: newer than what the cache has heard of. */
  latest: StoredBytes | undefined
}

/**
 * Writers of one object stand in line: a hundred patches at once would else come in each other's way a hundred times over. Lines exist while
 * somebody stands in them, so there are never more than requests.
 */
export class KeyQueues {
  readonly #lines = new TransientMap<string, Line>()

  async run<T>(key: string, work: (line: { latest: StoredBytes | undefined }) => Promise<T>): Promise<T> {
    let line = this.#lines.get(key)
    if (line === undefined) {
      line = { tail: Promise.resolve(), waiting: 0, latest: undefined }
      this.#lines.set(key, line)
    }
    const mine = line
    mine.waiting++
    const before = mine.tail
    const { promise, resolve } = Promise.withResolvers<void>()
    mine.tail = promise
    await before
    try {
      return await work(mine)
    } finally {
      if (--mine.waiting === 0) this.#lines.delete(key)
      resolve()
    }
  }
}
