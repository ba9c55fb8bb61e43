import type { Edge, Expected } from './edge.ts'
import type { Exchanged } from './exchange.ts'

/** As `200 + 404, kept`. */
export const told = ({ statuses, kept }: Expected): string => toldAs(statuses, kept ? 'kept' : 'ended')

const toldAs = (statuses: readonly number[], outcome: string): string => `${listed(statuses)}, ${outcome}`

function listed(statuses: readonly number[]): string {
  if (statuses.length === 0) return 'silence'
  const same = statuses.every(status => status === statuses[0])
  return same && statuses.length > 2 ? `${statuses.length} times ${statuses[0]}` : statuses.join(' + ')
}

/** What came of a row, in the same words. */
export const toldOf = ({ answers, outcome }: Exchanged): string =>
  toldAs(
    answers.map(({ status }) => status),
    outcome,
  )

/** What is wrong with what came of a row. */
export function* faults(edge: Edge, got: Exchanged): Generator<string> {
  const good = [edge.expected, ...(edge.or ?? [])].map(told)
  if (!good.includes(toldOf(got))) {
    yield `${toldOf(got)}; expected: ${good.join(', or: ')}`
    return
  }
  if (got.answers.some(({ complete }) => !complete)) yield 'an answer is not complete'
  const last = got.answers.at(-1)
  if (last === undefined) return
  // what is expected of the answer is not asked of another one that is as good
  if (toldOf(got) === told(edge.expected)) {
    const { text, headers = {}, version = 'HTTP/1.' } = edge
    if (!last.line.startsWith(version)) yield `status line: ${last.line}`
    if (text !== undefined && !matches(text, last.body)) yield `body: ${JSON.stringify(last.body.slice(0, 300))}`
    for (const [name, value] of Object.entries(headers))
      if (!matches(value, last.headers[name])) yield `${name}: ${last.headers[name]}`
  }
  // RFC 9112, 9.6: who ends a connection says so
  if (
    got.outcome === 'ended' &&
    edge.alone !== true &&
    last.line.startsWith('HTTP/1.1') &&
    last.headers.connection !== 'close'
  )
    yield `it ends, and says: connection: ${last.headers.connection}`
}

function matches(wanted: string | RegExp | null, is: string | undefined): boolean {
  if (wanted === null) return is === undefined
  return is !== undefined && (typeof wanted === 'string' ? is === wanted : wanted.test(is))
}
