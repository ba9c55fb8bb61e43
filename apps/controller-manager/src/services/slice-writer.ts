import type { EndpointSlice } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import { type Client, resources } from '@kubets/client'
import { isNamespaceTerminating } from '../namespace-terminating.ts'
import type { SlicePlan } from './slice-plan.ts'

/** Slices that were written, and which state of them must have been seen before the next look: our own copy may be later. */
export class SliceWriter {
  readonly #client: Pick<Client, 'create' | 'update' | 'delete'>
  /** By owner's key: name → revision, or 0 for one that was deleted. */
  readonly #written = new Map<string, Map<string, number>>()

  constructor(client: Pick<Client, 'create' | 'update' | 'delete'>) {
    this.#client = client
  }

  /** Whether these are older than what was written. */
  isStale(key: string, seen: readonly EndpointSlice[]): boolean {
    const written = this.#written.get(key)
    if (written === undefined) return false
    const revisions = new Map(
      seen.map(({ metadata }) => [metadata?.name ?? '', Number(metadata?.resourceVersion ?? 0)] as const),
    )
    for (const [name, revision] of written) {
      const known = revisions.get(name)
      if (revision === 0 ? known === undefined : known !== undefined && known >= revision) written.delete(name)
    }
    if (written.size === 0) this.#written.delete(key)
    return written.size > 0
  }

  /** Somebody has deleted it: it will not be seen any more. */
  forget(key: string, name: string): void {
    const written = this.#written.get(key)
    written?.delete(name)
    if (written?.size === 0) this.#written.delete(key)
  }

  forgetAll(key: string): void {
    this.#written.delete(key)
  }

  async write(key: string, plan: SlicePlan, signal: AbortSignal): Promise<void> {
    for (const slice of plan.create) {
      try {
        this.#note(key, await this.#client.create<EndpointSlice>(resources.endpointSlices, slice, { signal }))
      } catch (error) {
        if (isNamespaceTerminating(error)) return
        throw error
      }
    }
    for (const slice of plan.update)
      this.#note(key, await this.#client.update<EndpointSlice>(resources.endpointSlices, slice, { signal }))
    for (const { metadata } of plan.remove) {
      const { namespace = '', name = '' } = metadata ?? {}
      try {
        await this.#client.delete(resources.endpointSlices, { namespace, name }, { signal })
        this.#remember(key, name, 0)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }
  }

  #note(key: string, { metadata }: EndpointSlice): void {
    this.#remember(key, metadata?.name ?? '', Number(metadata?.resourceVersion ?? 0))
  }

  #remember(key: string, name: string, revision: number): void {
    const written = this.#written.get(key) ?? new Map<string, number>()
    this.#written.set(key, written.set(name, revision))
  }
}
