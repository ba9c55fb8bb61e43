import { AsyncResource } from 'node:async_hooks'

/**
 * Lets go of calls that were answered. `node:http2` and grpc-js tie each to something old, so that it lives until the next full collection with all that
 * hangs on it: each young collection then copies all calls since the last one, and full ones come four times as often: a fifth of what a create costs. Both ties are
 * undone from outside, going by what these two are made of; where that is otherwise, a call lives longer and works as well.
 */

/** Calls after which the tables are made anew. They must not grow old, which takes two young collections, some hundred calls each. */
const callsOfTables = 128

/** The part of grpc-js' subchannel that is looked into. */
interface Inside {
  transport?: { activeCalls?: Iterable<unknown>; session?: object } | null
}

/** The tables of one client's connection. */
export class CallTables {
  #calls = 0

  /** Before a call. */
  counted(connection: object): void {
    if (++this.#calls < callsOfTables) return
    this.#calls = 0
    const { transport } = connection as Inside
    if (!transport) return
    renew(transport, 'activeCalls')
    if (transport.session) renew(stateOf(transport.session), 'streams')
  }
}

/**
 * When a table of V8's is full of what was deleted from it, the next one takes its place, and the old one keeps what stood in it then and points to the next one. It has
 * long been old itself, and so with it the next one lives, and so on. A copy has nothing old before it (see `TransientMap`).
 */
function renew(owner: object | undefined, name: string): void {
  const table: unknown = owner === undefined ? undefined : Reflect.get(owner, name)
  if (owner === undefined || !isTable(table)) return
  const copy = new table.constructor(table)
  if (copy.size === table.size) Reflect.set(owner, name, copy)
}

interface Table {
  readonly size: number
  readonly constructor: new (from: Table) => Table
}

function isTable(table: unknown): table is Table {
  if (typeof table !== 'object' || table === null) return false
  const { size, constructor: kind } = table as Partial<Table>
  return typeof size === 'number' && typeof kind === 'function'
}

/** What a session of `node:http2` holds by a symbol of that name. */
let state: symbol | undefined

function stateOf(session: object): object | undefined {
  state ??= Object.getOwnPropertySymbols(session).find(({ description }) => description === 'state')
  const held: unknown = state === undefined ? undefined : Reflect.get(session, state)
  return typeof held === 'object' && held !== null ? held : undefined
}

type Bind = typeof AsyncResource.prototype.bind
type Bound = (this: unknown, ...args: unknown[]) => unknown

/** Without the property by which Node still tells the resource of a bound function: having a getter of its own, each has a hidden class of its own, and those are old from birth. */
const plainBind = function (this: AsyncResource, bound: Bound, thisArg?: unknown): Bound {
  const resource = this
  if (thisArg !== undefined) return (...args) => resource.runInAsyncScope(bound, thisArg, ...args)
  return function (...args) {
    return resource.runInAsyncScope(bound, this, ...args)
  }
} as Bind

/** `node:http2` binds, once, when a request begins. */
export function withPlainBind<T>(begin: () => T): T {
  const { bind } = AsyncResource.prototype
  AsyncResource.prototype.bind = plainBind
  try {
    return begin()
  } finally {
    AsyncResource.prototype.bind = bind
  }
}
