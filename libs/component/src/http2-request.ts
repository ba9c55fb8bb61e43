import { AsyncResource } from 'node:async_hooks'
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  ClientSessionRequestOptions,
  OutgoingHttpHeaders,
} from 'node:http2'

/**
 * Lets go of requests that were answered. `node:http2` ties each to something old, so that it lives until the next full collection with all that hangs on it:
 * each young collection then copies all requests since the last one, and full ones come more often. The ties are undone from outside, going by
 * what `node:http2` is made of; where that is otherwise, a request lives longer and works as well.
 */

/** Requests after which the tables are made anew. They must not grow old, which takes two young collections, some hundred requests each. */
export const requestsOfTables = 128

/** On each session, since its tables were made. */
const requests = new WeakMap<ClientHttp2Session, number>()

/** As `session.request`. @throws Error as it does. */
export function http2Request(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  options?: ClientSessionRequestOptions,
): ClientHttp2Stream {
  const count = (requests.get(session) ?? 0) + 1
  requests.set(session, count % requestsOfTables)
  if (count === requestsOfTables) renewTablesOf(session)
  return withPlainBind(() => session.request(headers, options))
}

/** What a session of `node:http2` holds by a symbol of that name. */
let state: symbol | undefined

/** Of the requests that are under way, and of those that are being begun. */
export function renewTablesOf(session: object): void {
  state ??= Object.getOwnPropertySymbols(session).find(({ description }) => description === 'state')
  const held: unknown = state === undefined ? undefined : Reflect.get(session, state)
  if (typeof held !== 'object' || held === null) return
  renewTable(held, 'streams')
  renewTable(held, 'pendingStreams')
}

/**
 * When a table of V8's is full of what was deleted from it, the next one takes its place, and the old one keeps what stood in it then and points to the next one. It has
 * long been old itself, and so with it the next one lives, and so on. A copy has nothing old before it (see `TransientMap`).
 */
export function renewTable(owner: object, name: string): void {
  const table: unknown = Reflect.get(owner, name)
  if (!isTable(table)) return
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

type Bind = typeof AsyncResource.prototype.bind
type Bound = (this: unknown, ...args: unknown[]) => unknown

/** Without the property by which Node 24 tells the resource of a bound function: having a getter of its own, each has a hidden class of its own, and those are old from birth. Node 26 has it no more. */
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
