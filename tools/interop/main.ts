/**
 * kube-apiserver and kubets over one etcd, kind by kind: each reads, changes and deletes what the other wrote. kube-apiserver writes
 * protobuf, kubets JSON and, in a further run, protobuf.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { builtinCatalogue, type ResourceEntry } from '@kubets/api-types'
import { type CorpusFile, readCorpus } from '../differential/corpus.ts'
import { makeIdentity, type Peer, startEtcd, startKubeApiserver, startKubetsApiServer } from '../peers/index.ts'
import { ask, askUntil } from './ask.ts'

interface Body {
  kind: string
  apiVersion: string
  metadata: { name: string; namespace?: string }
}

interface Kind {
  name: string
  entry: ResourceEntry
  file: CorpusFile
}

const usage = `Usage: npm run interop [-- flags]

kube-apiserver and kubets over one etcd: for every built-in kind, what one wrote is read, changed and deleted by the other.

  --only RE   only kinds whose name matches
  --json      the result as JSON

'npm run interop:encryption' does the same under each encryption provider.
`
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(usage)
  process.exit(0)
}

const log = (line: string) => process.stderr.write(`${line}\n`)
const only = new RegExp(values.only)
const kinds = [...(await readCorpus())].flatMap(([name, file]): Kind[] => {
  const [, group = '', version = '', resource = ''] = /^(.*)\.(v[^.]+)\.([^.]+)$/.exec(name) ?? []
  const entry = builtinCatalogue.byResource(group === 'core' ? '' : group, version, resource)
  const isServed = entry?.stored === true && /^v\d+$/.test(version)
  return isServed && file.base !== undefined && only.test(name) ? [{ name, entry, file }] : []
})

/** One direction: who writes first, and what stands in the way of a kind; '' for nothing. */
interface Run {
  title: string
  outcomes: { kind: string; problem: string }[]
}

const folder = await mkdtemp(join(tmpdir(), 'kubets-interop-'))
const runs: Run[] = []
try {
  runs.push(await run('kube-apiserver, then kubets', 'application/json', 'upstream'))
  runs.push(await run('kubets (JSON), then kube-apiserver', 'application/json', 'kubets'))
  runs.push(await run('kubets (protobuf), then kube-apiserver', 'application/vnd.kubernetes.protobuf', 'kubets'))
} finally {
  await rm(folder, { recursive: true, force: true })
}
const wrong = runs.flatMap(({ title, outcomes }) =>
  outcomes.filter(({ problem }) => problem !== '').map(({ kind, problem }) => ({ title, kind, problem })),
)
if (values.json) process.stdout.write(`${JSON.stringify(runs, null, 2)}\n`)
else {
  for (const { title, outcomes } of runs) {
    const equal = outcomes.filter(({ problem }) => problem === '').length
    process.stdout.write(`${title.padEnd(42)} ${equal} of ${outcomes.length} kinds equal\n`)
  }
  for (const { title, kind, problem } of wrong) process.stdout.write(`  ${title}: ${kind}: ${problem}\n`)
}
process.exitCode = wrong.length === 0 ? 0 : 1

async function run(title: string, mediaType: string, writer: 'upstream' | 'kubets'): Promise<Run> {
  log(`# ${title}`)
  const own = await mkdtemp(join(folder, 'run-'))
  const identity = await makeIdentity(own)
  await using etcd = await startEtcd(own, log)
  const both = { etcd: etcd.endpoint, identity }
  const [a, b] = [join(own, 'a'), join(own, 'b')]
  await Promise.all([a, b].map(each => mkdir(each, { recursive: true })))
  await using upstream = await startKubeApiserver({ ...both, folder: a }, log)
  await using kubets = await startKubetsApiServer(
    { ...both, folder: b, args: [`--storage-media-type=${mediaType}`] },
    log,
  )
  const [first, second] = writer === 'upstream' ? [upstream, kubets] : [kubets, upstream]
  const outcomes: Run['outcomes'] = []
  for (const kind of kinds) {
    const problem = await exchange(kind, first, second)
    if (problem !== '') log(`${kind.name}: ${problem}`)
    outcomes.push({ kind: kind.name, problem })
  }
  return { title, outcomes }
}

/** `first` writes, `second` reads, changes and deletes. What went wrong; '' for nothing. */
async function exchange({ entry, file }: Kind, first: Peer, second: Peer): Promise<string> {
  // the corpus' objects name this namespace
  const namespace = entry.namespaced ? `diff-${entry.resource}-${entry.version}` : 'default'
  await ask(first, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  await ask(first, 'POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } })
  for (const need of file.needs ?? []) {
    const body = need as unknown as Body
    const [group = '', version = ''] = body.apiVersion.includes('/')
      ? body.apiVersion.split('/')
      : ['', body.apiVersion]
    const known = builtinCatalogue.byKind(group, version, body.kind)
    if (known !== undefined) await ask(first, 'POST', collection(known, namespace), body)
  }
  const base = file.base as unknown as Body
  // what one kind leaves behind may be in another one's way
  await ask(first, 'DELETE', `${collection(entry, namespace)}/${base.metadata.name}?gracePeriodSeconds=0`)
  const made = await ask(first, 'POST', collection(entry, namespace), base)
  if (made.status !== 201) return `${first.name} answers ${made.status} to its creation: ${made.text.slice(0, 200)}`
  const path = `${collection(entry, namespace)}/${(JSON.parse(made.text) as Body).metadata.name}`
  const different = await sameForBoth(path, first, second)
  if (different !== '') return `after its creation: ${different}`
  const label = { metadata: { labels: { changed: 'by-the-other' } } }
  const changed = await ask(second, 'PATCH', path, label, 'application/merge-patch+json')
  if (changed.status !== 200)
    return `${second.name} answers ${changed.status} to a change: ${changed.text.slice(0, 200)}`
  const after = await sameForBoth(path, first, second, '"changed":"by-the-other"')
  if (after !== '') return `after a change: ${after}`
  const gone = await ask(second, 'DELETE', `${path}?gracePeriodSeconds=0`)
  return gone.status === 200 || gone.status === 202 ? '' : `${second.name} answers ${gone.status} to its deletion`
}

/** Both show the same object, once controllers have written what they write. */
async function sameForBoth(path: string, first: Peer, second: Peer, holding = ''): Promise<string> {
  let last = ''
  const equal = await askUntil(first, path, async one => {
    const other = await ask(second, 'GET', path)
    if (one.status !== 200 || other.status !== 200) {
      last = `${first.name} answers ${one.status}, ${second.name} ${other.status}`
      return false
    }
    if (!one.text.includes(holding)) return false
    const [a, b] = [JSON.parse(one.text), JSON.parse(other.text)]
    last = isDeepStrictEqual(a, b) ? '' : `they differ: ${firstDifference(a, b)}`
    return last === ''
  })
  return equal === undefined ? last || 'the change is not seen' : ''
}

/** The path of the first member that differs, with both values. */
function firstDifference(a: unknown, b: unknown, at = ''): string {
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
  if (isObject(a) && isObject(b))
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
      if (!isDeepStrictEqual(a[key], b[key])) return firstDifference(a[key], b[key], `${at}.${key}`)
  return `${at} ${JSON.stringify(a)?.slice(0, 120)} beside ${JSON.stringify(b)?.slice(0, 120)}`
}

function collection(entry: ResourceEntry, namespace: string): string {
  const root = entry.group === '' ? `/api/${entry.version}` : `/apis/${entry.group}/${entry.version}`
  return entry.namespaced ? `${root}/namespaces/${namespace}/${entry.resource}` : `${root}/${entry.resource}`
}
