import {
  type CompareAndDelete,
  type CompareAndPut,
  DelegatingStore,
  type KeyValueStore,
  type WriteResult,
} from '@kubets/storage'
import type { RequestTurns } from '../handlers/request-turns.ts'

/** A store whose writers, whom one commit answers together, go on in turns. */
export class AnsweringStore extends DelegatingStore {
  readonly #turns: RequestTurns

  constructor(store: KeyValueStore, turns: RequestTurns) {
    super(store)
    this.#turns = turns
  }

  override async put(write: CompareAndPut): Promise<WriteResult> {
    const written = await this.store.put(write)
    await this.#turns.meet()
    return written
  }

  override async delete(write: CompareAndDelete): Promise<WriteResult> {
    const written = await this.store.delete(write)
    await this.#turns.meet()
    return written
  }
}
