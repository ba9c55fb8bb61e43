import { AsyncResource } from 'node:async_hooks'

/**
 * What a call was, its stream with all that hangs on it, outlives the collections of the young generation in four places that are not ours: 10 KB
 * of each create then wait for a full collection, with the buffers that were read and written for it, and bring that about.
 *
 * - `node:http2` sends a client's request through `AsyncResource.bind`, whose deprecated property `asyncResource` makes a hidden class for each bound
 *   function; such a class is old from the beginning, and knows its function.
 * - Its tables of streams, and grpc-js' set of calls, leave their full tables behind, as `TransientMap` tells.
 *
 * Both lie open enough to be mended from outside. Where they look otherwise one day, nothing is done, and `short-lived-calls.test.ts` fails.
 */

/** Calls after which the tables of a connection are made anew. */
export const renewedAfter = 256

type Bind = AsyncResource['bind']

/** As `AsyncResource.bind`, without that property. */
function bindPlainly(this: AsyncResource, run: Parameters<Bind>[0], receiver?: unknown) {
  const resource = this
  return function (this: unknown, ...args: unknown[]): unknown {
    return resource.runInAsyncScope(run, receiver ?? this, ...args)
  }
}

/** Begins a call over `node:http2`; nothing else runs meanwhile. */
export function shortLived<T>(begin: () => T): T {
  const { prototype } = AsyncResource
  const { bind } = prototype
  prototype.bind = bindPlainly as Bind
  try {
    return begin()
  } finally {
    prototype.bind = bind
  }
}

type Holder = Record<string | symbol, unknown>

/** Of a connection of grpc-js, the tables through which its calls go. Which of them were found, and made anew, is returned. */
export function renewTables(connection: object): string[] {
  const { transport } = connection as { transport?: Holder | null }
  if (!transport) return []
  const session = transport.session as Holder | undefined
  const key = session && Object.getOwnPropertySymbols(session).find(({ description }) => description === 'state')
  const state = key && (session[key] as Holder)
  return [
    ...renewed(transport, ['activeCalls']),
    ...(state === undefined ? [] : renewed(state, ['streams', 'pendingStreams'])),
  ]
}

function renewed(holder: Holder, names: readonly string[]): string[] {
  return names.filter(name => {
    const table = holder[name]
    if (!isTable(table)) return false
    // Node's own have classes of their own, out of reach of what programs do to `Map` and `Set`
    holder[name] = new table.constructor(table)
    return true
  })
}

interface Table {
  constructor: new (entries: Table) => Table
}

function isTable(value: unknown): value is Table {
  if (typeof value !== 'object' || value === null || !('size' in value && 'delete' in value)) return false
  return Symbol.iterator in value && typeof value.constructor === 'function'
}
