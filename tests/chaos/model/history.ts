/** What happened, as the clients saw it and as the store tells it afterwards. Times are of one clock, milliseconds. */

/** One state of one key, from the store's own history: the truth that all is compared with. */
export interface Version {
  key: string
  revision: number
  /** The mark of the write that made it; undefined: deleted here. */
  mark: string | undefined
}

interface Timed {
  client: number
  server: string
  startedAt: number
  /** Infinity: nobody heard how it ended. */
  endedAt: number
}

/** `ok`: acknowledged. `refused`: surely nothing happened. `unknown`: it may have happened, also later. */
export type WriteOutcome = 'ok' | 'refused' | 'unknown'

export interface Write extends Timed {
  kind: 'create' | 'update' | 'patch' | 'delete'
  key: string
  /** Of this write and no other; deletes leave none. */
  mark: string | undefined
  /** The state that it was to be made on (update, delete). */
  expected: number | undefined
  outcome: WriteOutcome
  /** The resourceVersion of the answer (not of deletes). */
  revision: number | undefined
}

export interface Get extends Timed {
  kind: 'get'
  key: string
  /** undefined: not found. */
  found: { revision: number; mark: string } | undefined
}

export interface List extends Timed {
  kind: 'list'
  revision: number
  items: { key: string; revision: number; mark: string }[]
}

export type Operation = Write | Get | List

/** One unbroken stretch of what a watcher was told: resumed as often as connections broke, never listed anew. */
export interface WatchStretch {
  watcher: number
  /** Events after this revision were asked for. */
  after: number
  events: { type: 'ADDED' | 'MODIFIED' | 'DELETED'; key: string; revision: number; mark: string }[]
}

export interface History {
  versions: Version[]
  operations: Operation[]
  watches: WatchStretch[]
}

export const isWrite = (operation: Operation): operation is Write =>
  operation.kind !== 'get' && operation.kind !== 'list'
