import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { openProtobuf } from '@kubets/api-types'
import { type KeyValueStore, openEtcdStore, prefixEnd, storePrefix } from '@kubets/storage'
import { fileOf, readCorpus } from '../differential/corpus.ts'
import { type Answer, Exchange } from '../differential/exchange.ts'
import { neededSteps } from '../differential/plan/needs.ts'
import { subjectOf } from '../differential/plan/plan.ts'
import { type Resource, resourcesOf, titleOf } from '../differential/resources.ts'
import { makeIdentity, startEtcd, startKubeApiserver, startKubetsApiServer } from '../peers/index.ts'

export interface KindsRun {
  folder: string
  /** What kubets writes. */
  media: 'json' | 'protobuf'
  wanted: RegExp
  /** Another etcd than the peers'. */
  etcd: string | undefined
}

const log = (line: string) => process.stdout.write(`${line}\n`)

/** How long a server may take to see what the other one wrote, ms. */
const patience = 8_000

/** What one looked like to both, and where they differ. */
interface Tally {
  equal: number
  different: string[]
}

/**
 * For each kind: kube-apiserver makes an object and both show it alike; kubets changes it, and both show that; kube-apiserver changes it
 * again; kubets deletes it, and it is gone for both. Then the other way round. Both begin in the same etcd, with what upstream wrote there.
 * How many comparisons were different.
 */
export async function kindsInterop({ folder, media, wanted, etcd: program }: KindsRun): Promise<number> {
  await mkdir(folder, { recursive: true })
  await using etcd = await startEtcd(folder, log, program)
  const both = { etcd: etcd.endpoint, identity: await makeIdentity(folder), runtimeConfig: 'api/all=true' }
  await using upstream = await startKubeApiserver({ ...both, folder: join(folder, 'upstream') }, log)
  const type = media === 'json' ? 'application/json' : 'application/vnd.kubernetes.protobuf'
  const args = [`--storage-media-type=${type}`]
  await using kubets = await startKubetsApiServer({ ...both, folder: join(folder, 'kubets'), args }, log)
  await using store = await openEtcdStore({ endpoints: [etcd.endpoint] })
  await using ofUpstream = new Exchange(upstream)
  await using ofKubets = new Exchange(kubets)
  const corpus = await readCorpus()
  const served = new Set((await resourcesOf(ofKubets)).map(titleOf))
  log(`# kubets writes ${media}`)
  const total: Tally = { equal: 0, different: [] }
  let kinds = 0
  for (const resource of await resourcesOf(ofUpstream)) {
    const title = titleOf(resource)
    if (!wanted.test(title) || !resource.verbs.includes('create') || !resource.verbs.includes('get')) continue
    if (!served.has(title)) {
      log(`${title}: kubets does not serve it`)
      continue
    }
    kinds++
    const tally: Tally = { equal: 0, different: [] }
    const forms: string[] = []
    for (const [first, second] of [
      [ofUpstream, ofKubets],
      [ofKubets, ofUpstream],
    ] as const)
      forms.push(await exchange({ resource, file: fileOf(corpus, resource), first, second, store, tally }))
    total.equal += tally.equal
    total.different.push(...tally.different)
    log(`${title}: ${tally.equal} equal, ${tally.different.length} different; stored ${forms.join(' and ')}`)
    for (const line of tally.different) log(`  ${line}`)
  }
  log(`${kinds} kinds: ${total.equal} equal, ${total.different.length} different`)
  return total.different.length
}

interface Meeting {
  resource: Resource
  file: Parameters<typeof subjectOf>[1]
  first: Exchange
  second: Exchange
  store: KeyValueStore
  tally: Tally
}

/** What `first` makes, `second` changes and deletes. Tells what lay in the store in the beginning. */
async function exchange({ resource, file, first, second, store, tally }: Meeting): Promise<string> {
  const subject = subjectOf(resource, file)
  const about = `${first.peer.name} → ${second.peer.name}`
  const check = (what: string, problem: string | undefined) => {
    if (problem === undefined) tally.equal++
    else tally.different.push(`${about}: ${what}: ${problem}`)
  }
  for (const { request } of neededSteps(subject)) {
    if (typeof request === 'function') continue
    const made = await first.send(request)
    if (made.status >= 300 && made.status !== 409) check('what it needs', told(made))
  }
  await until(async () =>
    subject.resource.namespaced
      ? (await second.send(get(`/api/v1/namespaces/${subject.namespace}`))).status === 200
      : true,
  )
  const made = await first.send({ method: 'POST', path: subject.collection, body: subject.base })
  if (made.status !== 201) {
    check('made', told(made))
    return '-'
  }
  const path = `${subject.collection}/${encodeURIComponent(objectOf(made).metadata.name)}`
  const stored = await storedForm(store, objectOf(made).metadata.uid)
  check('made', await compared(first, second, path, made))
  for (const [who, other] of [
    [second, first],
    [first, second],
  ] as const) {
    const changed = await who.send({
      method: 'PATCH',
      path,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { annotations: { 'interop.kubets/by': who.peer.name } } },
    })
    const what = `changed by ${who.peer.name}`
    check(what, changed.status === 200 ? await compared(who, other, path, changed) : told(changed))
  }
  const gone = await second.send({ method: 'DELETE', path, body: { gracePeriodSeconds: 0 } })
  check('deleted', gone.status < 300 ? await alike(first, second, path) : told(gone))
  const held = await first.send(get(path))
  if (held.status === 200) check('finalized', await finalized(second, first, path, held))
  return stored
}

/** Takes what holds a deleted object off it: then it goes for both. */
async function finalized(who: Exchange, other: Exchange, path: string, held: Answer): Promise<string | undefined> {
  const object = objectOf(held) as Shown & { kind: string; spec?: object }
  const answer = await who.send(
    object.kind === 'Namespace'
      ? { method: 'PUT', path: `${path}/finalize`, body: { ...object, spec: { ...object.spec, finalizers: [] } } }
      : {
          method: 'PATCH',
          path,
          headers: { 'content-type': 'application/merge-patch+json' },
          body: { metadata: { finalizers: null } },
        },
  )
  // upstream's own controllers may have been first
  if (answer.status >= 300 && answer.status !== 404) return told(answer)
  const gone = async () => (await other.send(get(path))).status === 404
  return (await until(gone)) ? undefined : `${other.peer.name} still shows it`
}

const get = (path: string) => ({ method: 'GET', path })
const told = ({ status, body }: Answer) => `${status} ${body.toString('utf8').slice(0, 600)}`

interface Shown {
  metadata: { name: string; uid: string; resourceVersion: string }
}
const objectOf = ({ body }: Answer) => JSON.parse(body.toString('utf8')) as Shown

/** Waits until the other one has seen the write, and compares what the two show then. */
async function compared(first: Exchange, second: Exchange, path: string, written: Answer): Promise<string | undefined> {
  const { resourceVersion } = objectOf(written).metadata
  const reached = (answer: Answer) =>
    answer.status === 200 && Number(objectOf(answer).metadata.resourceVersion) >= Number(resourceVersion)
  let answer: Answer | undefined
  if (
    !(await until(async () => {
      answer = await second.send(get(path))
      return reached(answer)
    }))
  )
    return `${second.peer.name} does not see it: ${answer === undefined ? '' : told(answer)}`
  return alike(first, second, path)
}

/** Undefined when both answer the same within some seconds. */
async function alike(first: Exchange, second: Exchange, path: string): Promise<string | undefined> {
  let answers: [Answer, Answer] | undefined
  const same = await until(async () => {
    answers = [await first.send(get(path)), await second.send(get(path))]
    const [a, b] = answers
    return a.status === b.status && (a.status !== 200 || isDeepStrictEqual(objectOf(a), objectOf(b)))
  })
  if (same || answers === undefined) return undefined
  const [a, b] = answers
  if (a.status !== 200 || b.status !== 200)
    return `${a.status} of ${first.peer.name}, ${b.status} of ${second.peer.name}`
  return differences(objectOf(a), objectOf(b), '').slice(0, 5).join('; ')
}

function differences(a: unknown, b: unknown, path: string): string[] {
  if (isDeepStrictEqual(a, b)) return []
  const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
  if (!isObject(a) || !isObject(b))
    return [`${path}: ${JSON.stringify(a)?.slice(0, 120)} ≠ ${JSON.stringify(b)?.slice(0, 120)}`]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap(key =>
    differences(a[key], b[key], `${path}.${key}`),
  )
}

async function until(true_: () => Promise<boolean>): Promise<boolean> {
  for (const deadline = Date.now() + patience; Date.now() < deadline; ) {
    if (await true_()) return true
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return false
}

/** `apps/v1 protobuf`: version and form of the value that the object's uid is in. */
async function storedForm(store: KeyValueStore, uid: string): Promise<string> {
  const { kvs } = await store.range({ start: storePrefix, end: prefixEnd(storePrefix) })
  const found = kvs.find(kv => Buffer.from(kv.value).includes(uid))
  if (found === undefined) return 'nowhere'
  if (found.value[0] !== 0x7b) return `${openProtobuf(found.value).apiVersion} protobuf`
  return `${(JSON.parse(Buffer.from(found.value).toString('utf8')) as { apiVersion: string }).apiVersion} JSON`
}
