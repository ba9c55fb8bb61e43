import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCommandLine } from '@kubets/component/plain'
import { freePort, makeIdentity, startKubeApiserver, startKubetsApiServer } from '../peers/index.ts'
import { readCorpus } from './corpus.ts'
import { Exchange } from './exchange.ts'
import type { Pair } from './pair.ts'
import { ProtobufBodies } from './protobuf.ts'
import { count, table, writeReport } from './report.ts'
import { resourcesOf, titleOf } from './resources.ts'
import type { Result } from './result.ts'
import { runKind } from './run-kind.ts'
import { bootstrapResults, surfaceResults } from './surface.ts'

const { values, refuse } = readCommandLine({
  command: 'npm run differential --',
  about: 'Sends one corpus of requests to kube-apiserver and to kubets, and compares what they answer.',
  flags: {
    kind: {
      type: 'regexp',
      help: "Only kinds that match, as 'apps/v1 deployments'. Without it the surface (discovery, OpenAPI) is compared too.",
    },
    only: {
      type: 'string',
      choices: ['default', 'all'],
      help: 'Only the versions that are on by default, or only those that api/all=true adds.',
    },
    ignore: { type: 'regexp', help: "Places that are not compared, as 'managedFields'." },
    json: { type: 'bool', help: 'The machine-readable report on standard output instead of the table.' },
    out: { type: 'string', help: 'Folder where the reports go. (default .peers/differential of the repository)' },
  },
  examples: [
    "npm run differential -- --kind 'apps/v1'",
    'npm run differential -- --only default --ignore managedFields',
  ],
})
const out = values.out ?? join(import.meta.dirname, '../../.peers/differential')
/** Kinds that are under way at a time: they do not meet. */
const width = 4
const log = (line: string) => process.stderr.write(`${line}\n`)
const corpus = await readCorpus()
const folder = await mkdtemp(join(tmpdir(), 'kubets-differential-'))
const results: Result[] = []
try {
  const seen = new Set<string>()
  if (values.only !== 'all') results.push(...(await side('', undefined, seen)))
  if (values.only !== 'default') results.push(...(await side(' (api/all)', 'api/all=true', seen)))
} finally {
  await rm(folder, { recursive: true, force: true })
}
const { kind, ignore } = values
const compared = ignore === undefined ? results : results.map(result => without(ignore, result))
if (kind !== undefined && compared.length === 0)
  refuse(`no kind matches ${kind.source}: kinds are written as 'apps/v1 deployments', 'v1 configmaps'`)
await writeReport(out, compared)
process.stdout.write(
  values.json ? `${JSON.stringify({ counts: count(compared), results: compared })}\n` : table(compared),
)
log(`reports: ${out}`)

/** Both servers with the same settings, everything asked that was not before. */
async function side(label: string, runtimeConfig: string | undefined, seen: Set<string>): Promise<Result[]> {
  // one port and one set of keys: what the servers say of themselves is the same then
  const port = await freePort()
  const identity = await makeIdentity(join(folder, `identity${label}`))
  const options = (name: string, address: string) => ({
    folder: join(folder, `${name}${label}`),
    address,
    port,
    identity,
    ...(runtimeConfig ? { runtimeConfig } : {}),
  })
  await using undo = new AsyncDisposableStack()
  const [upstream, kubets] = await Promise.all([
    startKubeApiserver(options('upstream', '127.0.0.1'), log),
    startKubetsApiServer(options('kubets', '127.0.0.2'), log),
  ])
  undo.use(upstream)
  undo.use(kubets)
  const pair: Pair = { upstream: undo.use(new Exchange(upstream)), kubets: undo.use(new Exchange(kubets)) }
  const resources = await resourcesOf(pair.upstream)
  const served = new Set((await resourcesOf(pair.kubets)).map(titleOf))
  const chosen = resources.filter(
    resource => (values.kind?.test(titleOf(resource)) ?? true) && !seen.has(titleOf(resource)),
  )
  for (const resource of resources) seen.add(titleOf(resource))
  const found: Result[] = []
  const bodies = new ProtobufBodies()
  if (values.kind === undefined) {
    log(`surface${label}`)
    found.push(...(await surfaceResults(pair, label, bodies.hear)))
  }
  found.push(...(await bootstrapResults(pair, chosen)))
  // versions of one kind have the same objects, cluster-wide ones under the same names: one after the other
  const queue = [...Map.groupBy(chosen, ({ group, name }) => `${group}/${name}`).values()]
  const byKind = new Map<string, Result[]>()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const resource of inTurn(queue)) {
        const kind = titleOf(resource)
        const ofKind = await runKind({ pair, corpus, resource, served: served.has(kind), heard: bodies.hear })
        const { equal, different, absent, broken } = count(ofKind)
        log(
          `${kind}: ${equal} equal, ${different} different, ${absent} absent${broken > 0 ? `, ${broken} broken` : ''}`,
        )
        byKind.set(kind, ofKind)
      }
    }),
  )
  for (const resource of chosen) found.push(...(byKind.get(titleOf(resource)) ?? []))
  return [...found, ...(await bodies.results(log))]
}

function* inTurn<T>(queue: T[][]): Generator<T> {
  for (let versions = queue.shift(); versions !== undefined; versions = queue.shift()) yield* versions
}

/** What is left to differ when some places are not looked at. */
function without(ignored: RegExp, result: Result): Result {
  const left = result.differences?.filter(({ path }) => !ignored.test(path))
  if (left === undefined || left.length === result.differences?.length) return result
  return left.length === 0 ? { ...result, outcome: 'equal', differences: [] } : { ...result, differences: left }
}
