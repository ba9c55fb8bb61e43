import { TransientMap } from '@kubets/component'
import type { StoredBytes } from './rest.ts'

interface Line {
  /** Who comes next, in their order. */
  readonly waiting: (() => void)[]
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
      line = { waiting: [], latest: undefined }
      this.#lines.set(key, line)
    } else {
      const { waiting } = line
      await new Promise<void>(resolve => waiting.push(resolve))
    }
    try {
      return await work(line)
    } finally {
      const next = line.waiting.shift()
      if (next === undefined) this.#lines.delete(key)
      else next()
    }
  }
}
