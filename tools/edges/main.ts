import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readCommandLine } from '@kubets/component/plain'
import { tables } from '../../apps/api-server/src/front/http1-edges/tables.ts'
import { makeIdentity, type Peer, startKubeApiserver, startKubetsApiServer } from '../peers/index.ts'
import { record } from './record.ts'
import { recordedOnly } from './recorded-only.ts'
import { type Row, report } from './report.ts'

const { values } = readCommandLine({
  command: 'node tools/edges/main.ts',
  about: 'Sends the bytes of http1-edges to kube-apiserver and to kubets, and writes down what both answer.',
  flags: { out: { type: 'string', help: 'File of the report. (default .peers/edges.md of the repository)' } },
  examples: ['node tools/edges/main.ts --out edges.md'],
})
const out = values.out ?? join(import.meta.dirname, '../../.peers/edges.md')
/** Rows that are under way at a time. */
const width = 8
const log = (line: string) => process.stderr.write(`${line}\n`)
const folder = await mkdtemp(join(tmpdir(), 'kubets-edges-'))
try {
  const rows = await recorded()
  await mkdir(dirname(out), { recursive: true })
  await writeFile(out, report(rows))
  for (const { table, edge, kubets } of rows.filter(({ expected, kubets }) => expected && kubets.faults.length > 0))
    process.stdout.write(`${table}: ${edge.name}: ${kubets.faults.join('; ')}\n`)
  log(`report: ${out}`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function recorded(): Promise<Row[]> {
  await using undo = new AsyncDisposableStack()
  const identity = await makeIdentity(folder)
  const upstream = undo.use(await startKubeApiserver({ folder: join(folder, 'upstream'), identity }, log))
  const kubets = undo.use(await startKubetsApiServer({ folder: join(folder, 'kubets'), identity }, log))
  const server = ({ address, port, ca }: Peer) => ({
    connection: { host: address, port, ca },
    client: identity.admin,
  })
  const named = Object.entries({ ...tables, 'not tested': recordedOnly })
  const jobs = named.flatMap(([table, edges]) => edges.map(edge => ({ table, edge, expected: edges !== recordedOnly })))
  const rows: Row[] = []
  const next = jobs.entries()
  const worker = async () => {
    for (const [i, job] of next) {
      const [own, other] = await Promise.all([record(server(kubets), job.edge), record(server(upstream), job.edge)])
      rows[i] = { ...job, upstream: other, kubets: own }
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return rows
}
