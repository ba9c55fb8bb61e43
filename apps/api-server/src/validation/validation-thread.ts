import { Worker } from 'node:worker_threads'
import type { KubeObject, ResourceEntry, StrategyContext } from '@kubets/api-types'
import { encodeJson, internalError, tooManyRequests } from '@kubets/apimachinery'
import type { Clock, Logger } from '@kubets/component'
import type { Question, Reply, Verdict } from './contract.ts'

/** Characters that may wait: some tens of the largest objects. Who comes then is told to come again. */
const maxWaiting = 32 * 1024 * 1024
/** The thread takes some 60 MB: it ends when nobody has asked it anything for so long, ms. */
const idleTime = 60_000

/** What can be sent: a request's own parts have more than the rules look at. */
function plain({ subresource, now, requested, user }: StrategyContext): StrategyContext {
  return {
    subresource,
    now,
    ...(requested === undefined ? {} : { requested: { group: requested.group, version: requested.version } }),
    ...(user === undefined
      ? {}
      : {
          user: {
            name: user.name,
            uid: user.uid,
            groups: user.groups,
            ...(user.extra === undefined ? {} : { extra: user.extra }),
          },
        }),
  }
}

interface Waiting {
  readonly size: number
  resolve(verdict: Verdict): void
  reject(error: Error): void
}

/**
 * Validates objects that take long (`Strategy.isHeavy`) in a thread of its own, one after the other: CEL takes a tenth of a second to load, and
 * a definition with thousands of rules a second to compile, in which nobody else would be answered. Started by the first of them.
 */
export class ValidationThread implements AsyncDisposable {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #cancelEnd: (() => void) | undefined
  #lastId = 0
  #size = 0

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  /** Whether it runs at the moment. */
  get running(): boolean {
    return this.#worker !== undefined
  }

  /** @throws ApiError 429 when too many wait. */
  validate(
    { group, version, kind }: ResourceEntry,
    object: KubeObject,
    old: KubeObject | undefined,
    context: StrategyContext,
  ): Promise<Verdict> {
    if (this.#size > maxWaiting)
      throw tooManyRequests('too many objects are being validated, please try again later', 1)
    const worker = this.#started()
    this.#lastId++
    const question: Question = {
      id: this.#lastId,
      group,
      version,
      kind,
      object: encodeJson(object),
      ...(old === undefined ? {} : { old: encodeJson(old) }),
      context: plain(context),
    }
    const size = question.object.length + (question.old?.length ?? 0)
    this.#size += size
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.id, { size, resolve, reject })
      worker.postMessage(question)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelEnd?.()
    await this.#worker?.terminate()
  }

  #started(): Worker {
    this.#cancelEnd?.()
    this.#cancelEnd = undefined
    if (this.#worker !== undefined) return this.#worker
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { name: 'validation' })
    worker.unref()
    worker.on('message', (reply: Reply) => this.#hear(reply))
    worker.on('error', error => this.#logger.error({ err: error }, 'The thread for validation broke'))
    worker.once('exit', () => this.#ended(worker))
    this.#worker = worker
    return worker
  }

  #hear(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    this.#size -= waiting?.size ?? 0
    if (reply.error === undefined) waiting?.resolve(reply.verdict)
    else {
      this.#logger.error({ error: reply.error }, 'Validation broke')
      waiting?.reject(internalError('validation broke'))
    }
    if (this.#waiting.size > 0) return
    this.#cancelEnd = this.#clock.after(idleTime, () => void this.#worker?.terminate())
  }

  /** Whoever waits for an answer of it gets none; the next question starts another. */
  #ended(worker: Worker): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const left = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#size = 0
    for (const { reject } of left) reject(internalError('the thread for validation ended'))
  }
}
