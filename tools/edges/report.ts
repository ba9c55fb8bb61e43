import type { Edge } from '../../apps/api-server/src/front/http1-edges/edge.ts'
import { told } from '../../apps/api-server/src/front/http1-edges/judge.ts'
import type { Recorded } from './record.ts'

export interface Row {
  readonly table: string
  readonly edge: Edge
  /** False: it is only recorded. */
  readonly expected: boolean
  readonly upstream: Recorded
  readonly kubets: Recorded
}

const about = `Each cell: status lines in order, then 'kept' where a request in the same packet behind them was answered, 'ended' where it was not and the
connection ended, 'open' where nothing more came for three seconds. Below them headers and the begin of the body of the last answer.
'Go' is marked where kube-apiserver is not what the tests expect, 'kubets' where kubets is not.`

export function report(rows: readonly Row[]): string {
  const tested = rows.filter(({ expected }) => expected)
  const count = (side: 'upstream' | 'kubets') => tested.filter(row => row[side].faults.length > 0).length
  const tables = [...new Set(rows.map(({ table }) => table))]
  return `# HTTP/1.1's edges: kube-apiserver beside kubets

${tested.length} rows that tests expect something of: kube-apiserver is other in ${count('upstream')}, kubets in ${count('kubets')}.

${about}
${tables.map(name => section(name, rows)).join('')}`
}

function section(name: string, rows: readonly Row[]): string {
  const lines = rows
    .filter(({ table }) => table === name)
    .map(({ edge, expected, upstream, kubets }) => {
      const good = expected ? [edge.expected, ...(edge.or ?? [])].map(told).join(' or ') : ''
      const mark = (side: Recorded) => (expected && side.faults.length > 0 ? 'other' : '')
      return [edge.name, good, cell(upstream), cell(kubets), mark(upstream), mark(kubets)].map(escaped).join(' | ')
    })
  return `\n## ${name}\n\n| case | expected | kube-apiserver | kubets | Go | kubets |\n|---|---|---|---|---|---|\n${lines.map(line => `| ${line} |\n`).join('')}`
}

const cell = ({ told, last }: Recorded): string => (last === '' ? told : `${told}<br>${last}`)
const escaped = (text: string): string => text.replaceAll('|', '\\|')
