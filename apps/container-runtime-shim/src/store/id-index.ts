import { RpcError, rpcCode } from '@kubets/cri'

export interface Identified {
  readonly id: string
}

/** Records by id; a unique beginning of an id finds it too (crictl shows 13 letters). */
export class Index<T extends Identified> {
  readonly #byId = new Map<string, T>()
  readonly #kind: string
  constructor(kind: string) {
    this.#kind = kind
  }

  protected set(item: T): void {
    this.#byId.set(item.id, item)
  }
  protected delete(id: string): void {
    this.#byId.delete(id)
  }

  all(): T[] {
    return [...this.#byId.values()]
  }

  find(id: string): T | undefined {
    const exact = this.#byId.get(id)
    if (exact || id === '' || id.length >= 64) return exact
    const near = this.all().filter(item => item.id.startsWith(id))
    return near.length === 1 ? near[0] : undefined
  }

  /** Throws NOT_FOUND. */
  get(id: string): T {
    const item = this.find(id)
    if (!item)
      throw new RpcError(rpcCode.notFound, `an error occurred when try to find ${this.#kind} "${id}": not found`)
    return item
  }
}
