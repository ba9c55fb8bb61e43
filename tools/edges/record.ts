import type { ConnectionOptions } from 'node:tls'
import type { Edge } from '../../apps/api-server/src/front/http1-edges/edge.ts'
import { exchange } from '../../apps/api-server/src/front/http1-edges/exchange.ts'
import { faults } from '../../apps/api-server/src/front/http1-edges/judge.ts'

export interface Server {
  readonly connection: ConnectionOptions
  /** Of an admin. */
  readonly client: { readonly cert: string; readonly key: string }
}

export interface Recorded {
  /** Status lines, and what became of the connection. */
  readonly told: string
  /** Headers, and the begin of the body, of the last answer. */
  readonly last: string
  readonly faults: readonly string[]
}

/** A server that says nothing for so long, in ms, waits. */
const patience = 3_000

const headers = [
  'connection',
  'content-type',
  'content-length',
  'transfer-encoding',
  'date',
  'allow',
  'upgrade',
  'content-range',
]

export async function record({ connection, client }: Server, edge: Edge): Promise<Recorded> {
  const got = await exchange({ ...connection, ...(edge.stranger === true ? {} : client) }, edge, { patience })
  const lines = got.answers.map(({ line }) => line.replace('HTTP/1.1 ', '').slice(0, 80))
  const shown = lines.length > 4 ? `${lines.length} times ${lines[0]}` : lines.join(' + ') || 'silence'
  const last = got.answers.at(-1)
  const fields = headers.flatMap(name =>
    last?.headers[name] === undefined ? [] : [name === 'date' ? name : `${name}: ${last.headers[name]}`],
  )
  return {
    told: `${shown}, ${got.outcome}`,
    last: last === undefined ? '' : `${fields.join('; ')} | ${JSON.stringify(last.body.slice(0, 120))}`,
    faults: [...faults(edge, got)],
  }
}
