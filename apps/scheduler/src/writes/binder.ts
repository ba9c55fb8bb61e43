import type { Binding } from '@kubets/api-types'
import { resources } from '@kubets/client'
import type { SchedulerClient } from '../client.ts'
import { type PodInfo, podKey } from '../pod/pod-info.ts'

export interface BinderOptions {
  client: Pick<SchedulerClient, 'create'>
  /** Called for each binding that has ended; `error` when it failed. */
  onDone(pod: PodInfo, nodeName: string, error: unknown): void
}

/** Bindings under way at once. At the bound the scheduling loop waits: placing faster than the server binds helps nobody. */
const MAX_BINDINGS = 256

/** Writes bindings in the background. */
export class Binder implements AsyncDisposable {
  readonly #options: BinderOptions
  readonly #running = new Set<Promise<void>>()

  constructor(options: BinderOptions) {
    this.#options = options
  }

  get hasRoom(): boolean {
    return this.#running.size < MAX_BINDINGS
  }

  get size(): number {
    return this.#running.size
  }

  bind(pod: PodInfo, nodeName: string): void {
    const binding = this.#bind(pod, nodeName).finally(() => this.#running.delete(binding))
    this.#running.add(binding)
  }

  async #bind(pod: PodInfo, nodeName: string): Promise<void> {
    const { namespace, name, uid } = pod
    let failure: unknown
    try {
      await this.#options.client.create<Binding>(
        resources.pods,
        {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { namespace, name, uid },
          target: { kind: 'Node', name: nodeName },
        } as Binding,
        { subresource: 'binding', key: { namespace, name } },
      )
    } catch (cause) {
      failure = new Error(`binding rejected: ${(cause as Error).message} (pod ${podKey(pod)})`, { cause })
    }
    this.#options.onDone(pod, nodeName, failure)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running)
  }
}
