import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtinSchemas, sealProtobuf } from '@kubets/api-types'
import type { KeyValueStore } from '@kubets/storage'
import { open } from 'lmdb'
import { requestBytes } from '../api/connection.ts'
import { runLoad } from '../api/load.ts'
import { protobuf } from '../api/operations.ts'
import type { Target } from '../api/target.ts'
import type { Figure } from '../benchmark.ts'
import type { Herd } from './herd.ts'
import { nodeName, podOfSize, pods } from './pods.ts'

const crowds = [1, 32, 256] as const
/** One writer waits for the disk each time: fewer are enough there. */
const creates = { 1: 600, 32: 10_000, 256: 10_000 }
/** Of each encoding, before anything is measured: V8 compiles and compiles again for some twenty thousand writes, and a server that lives for a day has long done so. */
const warmUps = 15_000
/** The share of the bare rate that the house wants. */
const ofRawLmdb = { 1: 0.5, 32: 0.2, 256: undefined }
const ofBareEtcd = { 1: 0.6, 32: 0.6, 256: 0.6 }

/** Watches that see the pods come, half of them with a selector. */
const watchers = 10
export const watchPaths = (revision = 0) => [
  `${pods}?watch=1&resourceVersion=${revision}`,
  `${pods}?watch=1&resourceVersion=${revision}&fieldSelector=spec.nodeName%3D${nodeName(1)}`,
]

const encodings = ['json', 'protobuf'] as const
export type Encoding = (typeof encodings)[number]

function createRequest(name: string, i: number, encoding: Encoding): Buffer {
  const pod = podOfSize(name, i % 5)
  if (encoding === 'json') return requestBytes({ method: 'POST', path: pods }, Buffer.from(JSON.stringify(pod)))
  const message = builtinSchemas.get('io.k8s.api.core.v1.Pod').encodeProtobuf(pod as never)
  return requestBytes(
    { method: 'POST', path: pods, accept: protobuf, contentType: protobuf },
    sealProtobuf('v1', 'Pod', message),
  )
}

/** Creates through the API, each crowd beside the bare store's rate. */
export async function createFigures(
  name: string,
  target: Target,
  herd: Herd,
  bare: { what: string; rates: Record<number, number>; share: typeof ofRawLmdb | typeof ofBareEtcd },
  log: (text: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = []
  await herd.open(target, watchers, 1, watchPaths())
  const run = (run: string, encoding: Encoding, connections: number, operations: number) =>
    runLoad({
      target,
      connections,
      operations,
      request: i => createRequest(`${name}-${encoding}-${run}-${i}`, i, encoding),
      expect: 201,
    })
  log(`${name}: warming up`)
  for (const encoding of encodings) await run('warm', encoding, 32, warmUps)
  for (const encoding of encodings)
    for (const crowd of crowds) {
      log(`${name}: creates, ${crowd} writers, ${encoding}`)
      const load = await run(String(crowd), encoding, crowd, creates[crowd])
      const value = bare.rates[crowd] ?? Number.NaN
      const share = bare.share[crowd]
      figures.push({
        key: `${name}-create-${encoding}-${crowd}`,
        what: `${name}: creates, ${encoding}, ${crowd} ${crowd === 1 ? 'writer' : 'writers'}`,
        value: load.perSecond,
        unit: 'ops/s',
        baseline: { what: bare.what, value },
        ...(load.mainMicros === undefined ? {} : { mainMicros: load.mainMicros }),
        ...(share === undefined ? {} : { aim: value * share }),
      })
    }
  await herd.close()
  return figures
}

/** The same number of writers over raw LMDB, two durable puts a write: the value, and where it is found. */
export async function rawLmdb(stored: (i: number) => Buffer) {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-bench-lmdb-'))
  const root = open({ path: join(directory, 'raw.mdb'), overlappingSync: false, encoding: 'binary' })
  const values = root.openDB<Buffer, number>({ name: 'values', encoding: 'binary' })
  const keys = root.openDB<Buffer, string>({ name: 'keys', encoding: 'binary' })
  let revision = 0
  const rates = await bareRates(async i => {
    const at = Buffer.allocUnsafe(8)
    at.writeDoubleBE(++revision)
    await Promise.all([values.put(revision, stored(i)), keys.put(`/registry/pods/bench/raw-${revision}`, at)])
  })
  await root.close()
  await rm(directory, { recursive: true, force: true })
  return { what: 'raw LMDB', rates, share: ofRawLmdb }
}

/** The same number of writers over the etcd client alone, with the root watch open. */
export async function bareEtcd(store: KeyValueStore, stored: (i: number) => Buffer) {
  const watching = new AbortController()
  let seen = 0
  store.watch({
    start: '/registry/',
    end: '/registry0',
    from: (await store.revision()) + 1,
    onEvents: events => {
      seen += events.length
    },
    onProgress: () => undefined,
    onEnd: () => undefined,
    signal: watching.signal,
  })
  let written = 0
  const rates = await bareRates(async i => {
    await store.put({ key: `/registry/pods/bare/pod-${++written}`, value: stored(i), expected: 0 })
  })
  watching.abort()
  if (seen === 0) throw new Error('the root watch saw nothing')
  return { what: 'bare etcd client', rates, share: ofBareEtcd }
}

async function bareRates(write: (i: number) => Promise<void>): Promise<Record<number, number>> {
  const run = async (crowd: number, count: number): Promise<number> => {
    let next = 0
    const began = performance.now()
    await Promise.all(
      Array.from({ length: crowd }, async () => {
        while (next < count) await write(next++)
      }),
    )
    return (count * 1000) / (performance.now() - began)
  }
  // as warm as the server is
  await run(32, encodings.length * warmUps)
  const rates: Record<number, number> = {}
  for (const crowd of crowds) rates[crowd] = await run(crowd, creates[crowd])
  return rates
}
