import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyValueStore } from '@kubets/storage'
import { Random } from '../../tools/fuzz/random.ts'
import { embeddedEnvironment } from './faults/embedded-environment.ts'
import { etcdEnvironment } from './faults/etcd-environment.ts'
import type { Environment } from './faults/fault.ts'
import { type History, isWrite, type Version, type WatchStretch } from './model/history.ts'
import { Http } from './traffic/http.ts'
import { namespace, storePrefix } from './traffic/objects.ts'
import { ChaosWatcher } from './traffic/watcher.ts'
import { write } from './traffic/writer.ts'
import { check } from './validation/check.ts'

export interface ChaosOptions {
  backend: 'etcd' | 'embedded'
  seed: number
  seconds: number
  /** Default 8. */
  clients?: number
  /** Default 4. */
  watchers?: number
  /** Only these of the backend's faults, by a part of their name. Default: all. */
  faults?: string
  log(line: string): void
  /** Ends everything that was started; the run rejects. */
  signal?: AbortSignal
}

export interface ChaosReport {
  backend: string
  seed: number
  seconds: number
  /** By what they did and how it ended: `update ok`. */
  operations: Record<string, number>
  versions: number
  watches: { watchers: number; stretches: number; events: number }
  faults: Record<string, number>
  violations: string[]
}

/** Longest time that watchers get to see the end, ms. */
const catchUp = 30_000

/** Clients write, read and watch while things break, until the time is over; then everything is compared. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { backend, seed, seconds, log } = options
  const random = new Random(seed)
  await using environment = await (backend === 'etcd' ? etcdEnvironment() : embeddedEnvironment(seconds))
  const history: History = { versions: [], operations: [], watches: [] }
  await makeNamespace(environment)

  const { servers, tls } = environment
  const keys = Array.from({ length: 10 }, (_, i) => `key-${i}`)
  const stop = new AbortController()
  const writers = Array.from({ length: options.clients ?? 8 }, (_, client) =>
    write({
      client,
      random: new Random(random.below(2 ** 31)),
      keys,
      servers,
      tls,
      record: operation => history.operations.push(operation),
      signal: stop.signal,
    }),
  )
  const unwatch = new AbortController()
  const watchers = Array.from(
    { length: options.watchers ?? 4 },
    (_, watcher) =>
      new ChaosWatcher({
        watcher,
        random: new Random(random.below(2 ** 31)),
        servers,
        tls,
        begin: (stretch: WatchStretch) => history.watches.push(stretch),
        signal: unwatch.signal,
      }),
  )
  const watching = watchers.map(watcher => watcher.run())
  let faults: Record<string, number>
  const violations: string[] = []
  try {
    faults = await breakThings(environment, options, random)
    options.signal?.throwIfAborted()
    log('everything is whole again; the clients end')
  } finally {
    stop.abort()
    await Promise.all(writers)
  }
  try {
    const last = await lastRevision(environment)
    const deadline = Date.now() + catchUp
    while (watchers.some(({ reached }) => reached < last) && Date.now() < deadline) {
      options.signal?.throwIfAborted()
      await sleep(50)
    }
    for (const [i, { reached }] of watchers.entries())
      if (reached < last) violations.push(`watcher ${i} stayed at revision ${reached}, though ${last} was reached`)
  } finally {
    unwatch.abort()
    await Promise.all(watching)
  }
  for (const server of servers) {
    for (const ending of server.endings)
      violations.push(`${server.name} ended by itself with ${ending}:\n${server.output}`)
    await server.stop()
  }
  await using store = await environment.openStore()
  history.versions = await readHistory(store)
  log(`${history.operations.length} operations on ${history.versions.length} versions are compared`)
  violations.push(...check(history).violations)
  return { backend, seed, seconds, faults, violations, ...count(history, watchers.length) }
}

async function breakThings(
  environment: Environment,
  { seconds, faults: wanted = '', log, signal }: ChaosOptions,
  random: Random,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const faults = environment.faults.filter(({ name }) => name.includes(wanted))
  // every fault once before any comes again
  let left: typeof faults = []
  for (const until = Date.now() + seconds * 1000; Date.now() < until && !signal?.aborted; ) {
    await sleep(300 + random.below(1_200))
    if (faults.length === 0 || Date.now() > until || signal?.aborted) continue
    if (left.length === 0) left = [...faults]
    const [fault] = left.splice(random.below(left.length), 1)
    if (fault === undefined) continue
    log(fault.name)
    counts[fault.name] = (counts[fault.name] ?? 0) + 1
    await fault.inject(random)
    await sleep(random.below(fault.lasts))
    await fault.heal()
  }
  return counts
}

async function makeNamespace({ servers, tls }: Environment): Promise<void> {
  using http = new Http(tls)
  const [server] = servers
  if (server === undefined) throw new Error('no api-server')
  const { status } = await http.send(server, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } })
  if (status !== 201) throw new Error(`the namespace was not made: ${status}`)
}

/** Of what the clients wrote. Asked of the api-servers: they must be able to answer again. */
async function lastRevision({ servers, tls }: Environment): Promise<number> {
  using http = new Http(tls)
  let last = 0
  for (const server of servers) {
    for (const until = Date.now() + catchUp; ; await sleep(200)) {
      const answer = await http
        .send(server, 'GET', `/api/v1/namespaces/${namespace}/configmaps`)
        .catch((error: Error) => ({ status: 0, body: error.message }))
      if (answer.status === 200) {
        for (const { metadata } of answer.body.items) last = Math.max(last, Number(metadata.resourceVersion))
        break
      }
      if (Date.now() > until) throw new Error(`${server.name} does not answer: ${JSON.stringify(answer)}`)
    }
  }
  return last
}

/** All that ever stood there: nothing was compacted. */
async function readHistory(store: KeyValueStore): Promise<Version[]> {
  const end = await store.revision()
  const versions: Version[] = []
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const done = new AbortController()
  const watch = store.watch({
    start: storePrefix,
    end: `${storePrefix.slice(0, -1)}0`,
    from: 1,
    onEvents(events) {
      for (const { type, key, modRevision, value } of events) {
        const mark = type === 'delete' ? undefined : JSON.parse(Buffer.from(value).toString()).data.mark
        versions.push({ key: key.slice(storePrefix.length), revision: modRevision, mark })
      }
    },
    onProgress: revision => {
      if (revision >= end) resolve()
    },
    onEnd: reject,
    signal: done.signal,
  })
  const asking = setInterval(() => watch.requestProgress(), 100)
  try {
    await promise
  } finally {
    clearInterval(asking)
    done.abort()
  }
  return versions
}

function count({ operations, versions, watches }: History, watchers: number) {
  const counts: Record<string, number> = {}
  for (const operation of operations) {
    const name = isWrite(operation) ? `${operation.kind} ${operation.outcome}` : operation.kind
    counts[name] = (counts[name] ?? 0) + 1
  }
  const events = watches.reduce((sum, stretch) => sum + stretch.events.length, 0)
  return {
    operations: Object.fromEntries(Object.entries(counts).sort()),
    versions: versions.length,
    watches: { watchers, stretches: watches.length, events },
  }
}
