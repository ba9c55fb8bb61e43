import type { DatabaseMode } from '../database.ts'
import type { Shared } from './hand-over.ts'

/** What the writing thread is started with. */
export interface Task {
  readonly directory: string
  readonly mode: Extract<DatabaseMode, 'write' | 'unsynced'>
}

export interface ThreadTask extends Task {
  readonly shared: Shared
}

/** From the thread: it is there; or what became of the batch, and its memory where that had been moved. `lost`: so is the store's last state, nothing can be built on it. */
export type Told =
  | 'ready'
  | 'committed'
  | { readonly memory: ArrayBuffer | undefined; readonly error?: string; readonly lost?: boolean }
