import { renewTable, renewTablesOf } from '@kubets/component'

/**
 * Lets go of calls that were answered. grpc-js, and `node:http2` below it (see `http2Request`), tie each to something old, so that it lives until the next full
 * collection with all that hangs on it: a fifth of what a create costs. The ties are undone from outside, going by what these two are made of; where that is
 * otherwise, a call lives longer and works as well.
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
    renewTable(transport, 'activeCalls')
    if (transport.session) renewTablesOf(transport.session)
  }
}
