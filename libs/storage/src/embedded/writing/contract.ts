import type { DatabaseMode } from '../database.ts'

/** What the writing thread is started with. */
export interface Task {
  readonly directory: string
  readonly mode: Extract<DatabaseMode, 'write' | 'unsynced'>
}

/** To the thread: a batch to be committed, or that no more come. */
export type Order = { readonly memory: ArrayBuffer; readonly length: number } | 'close'

/** From the thread: it is there; or what became of the batch, whose memory comes back. `lost`: so is the store's last state, nothing can be built on it. */
export type Told =
  | { readonly type: 'ready' }
  | { readonly type: 'committed'; readonly memory: ArrayBuffer; readonly error?: string; readonly lost?: boolean }
