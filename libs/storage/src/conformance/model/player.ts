import { expect } from 'vitest'
import {
  CompactedError,
  type KeyValueStore,
  type LeaseId,
  LeaseNotFoundError,
  type Revision,
  type StoreEvent,
} from '../../key-value-store.ts'
import { Model, plain } from './model.ts'
import type { Operation, Step } from './steps.ts'
import { ModelWatch } from './watch.ts'

/** Plays one history on a store and on the model, below a prefix of its own, and compares them. */
export class Player {
  readonly #prefix: string
  readonly #model: Model
  readonly #watches: ModelWatch[] = []
  #store: KeyValueStore
  #count = 0

  private constructor(store: KeyValueStore, prefix: string, model: Model) {
    this.#store = store
    this.#prefix = prefix
    this.#model = model
  }

  static async begin(store: KeyValueStore, prefix: string, compacted: Revision): Promise<Player> {
    // a history begins with a write: etcd before 3.4.31 tells progress by changes only
    const { revision } = await store.put({ key: `${prefix}~`, value: Buffer.from('begin'), expected: 0 })
    return new Player(store, prefix, new Model(revision, compacted))
  }

  get compacted(): Revision {
    return this.#model.compacted
  }

  async play(step: Step, reopen: () => Promise<KeyValueStore>): Promise<void> {
    const model = this.#model
    switch (step.do) {
      case 'at once':
        await this.#atOnce(step.operations)
        break
      case 'range in the past':
        await this.#rangeInThePast(step)
        break
      case 'watch': {
        const range = this.#bounds(step)
        const back = Math.max(model.revision - step.back, model.first)
        // from the very boundary, whose event is gone, etcd before 3.4.31 cannot tell progress until the next change
        const from = back === model.compacted ? back + 1 : back
        this.#watches.push(await ModelWatch.start(this.#store, model, from, range))
        break
      }
      case 'grant a lease':
        model.leases.add(await this.#store.grantLease(3_600))
        break
      case 'revoke a lease': {
        const lease = this.#lease(step.lease)
        const revoked = this.#store.revokeLease(lease)
        if (model.leases.has(lease)) await revoked
        else await expect(revoked).rejects.toThrow(LeaseNotFoundError)
        model.revoke(lease)
        break
      }
      case 'reopen':
        for (const watch of this.#watches.splice(0)) await watch.end()
        this.#store = await reopen()
        break
      default:
        await this.#atOnce([step])
    }
    expect(await this.#store.revision()).toBe(model.revision)
  }

  async end(): Promise<void> {
    for (const watch of this.#watches) await watch.end()
    for (const lease of this.#model.leases) await this.#store.revokeLease(lease)
  }

  #key(index: number): string {
    return `${this.#prefix}${index}`
  }

  #bounds({ from, to }: { from: number; to: number }): { start: string; end: string } {
    return { start: this.#key(Math.min(from, to)), end: this.#key(Math.max(from, to) + 1) }
  }

  /** One of those that live, or one that never did. */
  #lease(index: number): LeaseId {
    const known = [...this.#model.leases]
    return known[index % Math.max(known.length, 1)] ?? 4_711n
  }

  /**
   * All are begun before any has ended. The revisions that come back say in which order they happened: played in that order the
   * model must answer the same, and what changed nothing must fit one of the states between.
   */
  async #atOnce(operations: readonly Operation[]): Promise<void> {
    const model = this.#model
    const from = model.revision
    const begun = operations.map(operation => this.#begin(operation))
    const ends = await Promise.all(begun.map(({ outcome }) => outcome))
    const changes = ends.filter(end => end.change).sort((a, b) => a.revision - b.revision)
    for (const { revision, change } of changes) {
      expect(revision).toBe(model.revision + 1)
      change?.()
      expect(model.revision).toBe(revision)
    }
    for (const { revision, change, fits } of ends) {
      if (!change) expect(revision).toBeLessThanOrEqual(model.revision)
      fits?.(from, change ? model.revision : Math.max(from, revision))
    }
  }

  /** Starts an operation; its outcome says what it changes in the model, or which states its answer fits. */
  #begin(operation: Operation): { outcome: Promise<Outcome> } {
    switch (operation.do) {
      case 'put':
      case 'delete':
        return { outcome: this.#compareAndWrite(operation) }
      case 'create all':
        return { outcome: this.#createAll(operation.keys.map(index => this.#key(index))) }
      case 'get':
        return { outcome: this.#get(this.#key(operation.key)) }
      case 'range':
        return { outcome: this.#range(operation) }
      case 'compact':
        return { outcome: this.#compact(Math.max(this.#model.revision - operation.back, this.#model.first)) }
    }
  }

  async #compareAndWrite(operation: Extract<Operation, { do: 'put' | 'delete' }>): Promise<Outcome> {
    const model = this.#model
    const key = this.#key(operation.key)
    const expected = (model.now().get(key)?.modRevision ?? 0) + (operation.stale ? 1 : 0)
    const value = operation.do === 'put' ? Buffer.alloc(operation.size, `${this.#count++} `) : undefined
    const lease = operation.do === 'put' && operation.lease !== undefined ? this.#lease(operation.lease) : 0n
    let result: Awaited<ReturnType<KeyValueStore['put']>>
    try {
      result = value
        ? await this.#store.put({ key, value, expected, lease })
        : await this.#store.delete({ key, expected })
    } catch (error) {
      // etcd compares first, and looks for the lease when the write would happen
      expect(error).toBeInstanceOf(LeaseNotFoundError)
      expect(lease === 0n || model.leases.has(lease)).toBe(false)
      return { revision: 0 }
    }
    if (!result.ok) {
      const { current, revision } = result
      const fits = (from: Revision, to: Revision) =>
        some(from, to, at => {
          const standing = model.at(at).get(key)
          return (standing?.modRevision ?? 0) !== expected && same(standing, current)
        })
      return { revision, fits }
    }
    if (!value && expected === 0)
      return { revision: result.revision, fits: (from, to) => some(from, to, at => !model.at(at).has(key)) }
    const change = () => {
      expect(model.now().get(key)?.modRevision ?? 0).toBe(expected)
      expect(lease === 0n || model.leases.has(lease)).toBe(true)
      model.write([{ key, value, lease }])
    }
    return { revision: result.revision, change }
  }

  async #createAll(names: readonly string[]): Promise<Outcome> {
    const model = this.#model
    const writes = names.map(key => ({ key, value: Buffer.from(`${this.#count++}`) }))
    if (!(await this.#store.createAll(writes)))
      return {
        revision: 0,
        fits: from => some(from, model.revision, at => names.some(key => model.at(at).has(key))),
      }
    // which revision it got is told by what stands there
    const { kvs } = await this.#store.range({ start: `${this.#prefix}`, end: `${this.#prefix}~` })
    const first = kvs.find(
      kv => kv.key === names[0] && Buffer.from(kv.value).equals(writes[0]?.value ?? Buffer.alloc(0)),
    )
    const change = () => {
      for (const key of names) expect(model.now().has(key)).toBe(false)
      model.write(writes)
    }
    return { revision: first?.createRevision ?? Number.NaN, change }
  }

  async #get(key: string): Promise<Outcome> {
    const { kv, revision } = await this.#store.get(key)
    return { revision, fits: () => expect(kv && plain(kv)).toEqual(standing(this.#model, key, revision)) }
  }

  async #range(operation: Extract<Operation, { do: 'range' }>): Promise<Outcome> {
    const { limit, countOnly } = operation
    const bounds = this.#bounds(operation)
    const result = await this.#store.range({ ...bounds, ...(limit > 0 ? { limit } : {}), countOnly })
    return { revision: result.revision, fits: () => this.#check(result, bounds, result.revision, limit, countOnly) }
  }

  async #compact(revision: Revision): Promise<Outcome> {
    const model = this.#model
    const outcome = await this.#store.compact(revision).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!outcome) {
      model.compacted = Math.max(model.compacted, revision)
      return { revision: 0 }
    }
    expect(outcome).toBeInstanceOf(CompactedError)
    // of several at once the higher may have been first
    return { revision: 0, fits: () => expect(model.compacted).toBeGreaterThanOrEqual(revision) }
  }

  async #rangeInThePast(step: Extract<Step, { do: 'range in the past' }>): Promise<void> {
    const model = this.#model
    const revision = Math.max(model.revision - step.back, model.first)
    const bounds = this.#bounds(step)
    const options = { ...bounds, revision, ...(step.limit > 0 ? { limit: step.limit } : {}) }
    if (revision < model.compacted) {
      await expect(this.#store.range(options)).rejects.toThrow(CompactedError)
      await expect(this.#store.get(bounds.start, { revision })).rejects.toThrow(CompactedError)
      return
    }
    this.#check(await this.#store.range(options), bounds, revision, step.limit, false)
    const { kv } = await this.#store.get(bounds.start, { revision })
    expect(kv && plain(kv)).toEqual(standing(model, bounds.start, revision))
  }

  #check(
    result: Awaited<ReturnType<KeyValueStore['range']>>,
    { start, end }: { start: string; end: string },
    revision: Revision,
    limit: number,
    countOnly: boolean,
  ): void {
    const wanted = this.#model.range(start, end, revision)
    const taken = countOnly ? [] : wanted.slice(0, limit > 0 ? limit : wanted.length)
    expect(result.kvs.map(plain)).toEqual(taken.map(plain))
    expect(result.count).toBe(wanted.length)
    if (!countOnly) expect(result.more).toBe(taken.length < wanted.length)
  }
}

interface Outcome {
  /** 0: not told. */
  revision: Revision
  change?(): void
  /** Throws when the answer fits no state from `from` to `to`. */
  fits?(from: Revision, to: Revision): void
}

function some(from: Revision, to: Revision, holds: (at: Revision) => boolean): void {
  for (let at = from; at <= to; at++) if (holds(at)) return
  expect.fail(`the answer fits no state from ${from} to ${to}`)
}

function same(standing: StoreEvent | undefined, found: Parameters<typeof plain>[0] | undefined): boolean {
  if (!standing || !found) return !standing && !found
  return JSON.stringify([plain(standing)], text) === JSON.stringify([plain(found)], text)
}

const text = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)

function standing(model: Model, key: string, revision: Revision) {
  const found = model.at(revision).get(key)
  return found && plain(found)
}
