import type { KubeObject } from '@kubets/api-types'
import { type Informer, type InformerHandlers, type InformerOptions, type Lister, startInformer } from '@kubets/client'

/** What is followed, and what is kept of each object. One constant a collection, shared by all controllers that read it. */
export type InformerDefinition<T extends KubeObject, P> = Pick<
  InformerOptions<T, P>,
  'ref' | 'namespace' | 'fieldSelector' | 'labelSelector' | 'metadataOnly' | 'project' | 'indexes'
>

/** One collection for several controllers: a single watch, a single copy. */
export interface SharedInformer<P> {
  /** Throws before the informers have been started: controllers read only when they work on a key. */
  readonly lister: Lister<P>
  readonly synced: Promise<void>
  hasSynced(): boolean
  /** Handlers run in the order of subscription. After the start, what is there already is `added` first. */
  subscribe(handlers: InformerHandlers<P>): void
}

type InformerParts = Pick<InformerOptions<KubeObject, unknown>, 'client' | 'clock' | 'random' | 'logger'>

export class StartableInformer<T extends KubeObject, P> implements SharedInformer<P>, AsyncDisposable {
  readonly #definition: InformerDefinition<T, P>
  readonly #subscribers: InformerHandlers<P>[] = []
  readonly #synced = Promise.withResolvers<void>()
  #informer: Informer<P> | undefined

  constructor(definition: InformerDefinition<T, P>) {
    this.#definition = definition
    this.#synced.promise.catch(() => undefined) // not everyone waits for it
  }

  get lister(): Lister<P> {
    if (this.#informer === undefined) throw new Error(`the informer of ${this.#definition.ref.resource} is not started`)
    return this.#informer.lister
  }

  get synced(): Promise<void> {
    return this.#synced.promise
  }

  hasSynced(): boolean {
    return this.#informer?.hasSynced() ?? false
  }

  subscribe(handlers: InformerHandlers<P>): void {
    if (this.#informer !== undefined) for (const object of this.#informer.lister.list()) handlers.added?.(object)
    this.#subscribers.push(handlers)
  }

  start(parts: InformerParts): void {
    if (this.#informer !== undefined) return
    const subscribers = this.#subscribers
    this.#informer = startInformer<T, P>({
      ...parts,
      ...this.#definition,
      handlers: {
        added(object) {
          for (const handlers of subscribers) handlers.added?.(object)
        },
        updated(object, old) {
          for (const handlers of subscribers) handlers.updated?.(object, old)
        },
        deleted(object) {
          for (const handlers of subscribers) handlers.deleted?.(object)
        },
      },
    })
    this.#informer.synced.then(this.#synced.resolve, this.#synced.reject)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#informer?.[Symbol.asyncDispose]()
  }
}

/** The informers of one term of leadership: asked for while controllers are set up, started together, ended together. */
export class Informers implements AsyncDisposable {
  readonly #parts: InformerParts
  readonly #informers = new Map<unknown, StartableInformer<never, unknown>>()
  #started = false

  constructor(parts: InformerParts) {
    this.#parts = parts
  }

  /** The same informer for the same definition. */
  of<T extends KubeObject, P>(definition: InformerDefinition<T, P>): SharedInformer<P> {
    const known = this.#informers.get(definition)
    if (known !== undefined) return known as unknown as SharedInformer<P>
    const informer = new StartableInformer<T, P>(definition)
    this.#informers.set(definition, informer as unknown as StartableInformer<never, unknown>)
    if (this.#started) informer.start(this.#parts)
    return informer
  }

  start(): void {
    this.#started = true
    for (const informer of this.#informers.values()) informer.start(this.#parts)
  }

  hasSynced(): boolean {
    return [...this.#informers.values()].every(informer => informer.hasSynced())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#informers.values()].map(informer => informer[Symbol.asyncDispose]()))
  }
}
