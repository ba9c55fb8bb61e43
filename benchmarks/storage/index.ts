import { setTimeout } from 'node:timers/promises'
import type { FlagTable } from '@kubets/component/plain'
import { startEtcdServer } from '@kubets/storage/etcd-server'
import { embeddedIn, startBareServer, startOwnServer } from '../api/servers.ts'
import type { Target } from '../api/target.ts'
import type { Benchmark, Figure } from '../benchmark.ts'
import { startBareSender } from './bare.ts'
import { startBareWriter } from './bare-writer.ts'
import type { BareStore } from './bare-writer-process.ts'
import { type Bare, createFigures, createLoopFigure, warmUp } from './creates.ts'
import { fanOutFigures } from './fan-outs.ts'
import { startHerd } from './herd.ts'
import { listFigures, nodeFigure, nodeKey } from './lists.ts'
import { anonymousMemory } from './memory.ts'
import { createdPods, furnish, storedPods } from './pods.ts'
import { reconnectFigures } from './reconnects.ts'
import { type SeededStore, seededStore } from './seeded-store.ts'

interface Run {
  readonly log: (text: string) => void
  /** Whether any figure of this key, or key's beginning, was asked for. */
  readonly wanted: (key: string) => boolean
  readonly stored: (i: number) => Buffer
}

const flags = {
  only: { type: 'regexp', help: 'Only figures whose key matches.' },
  etcd: { type: 'bool', help: 'Over etcd too.' },
} as const satisfies FlagTable

export const benchmark: Benchmark<typeof flags> = {
  about: 'The store and the watch cache under the API: writes, LISTs, watches, memory, start.',
  flags,
  async run(log, { only, etcd }) {
    const wanted = (key: string) => only === undefined || only.test(key)
    log('storing one pod of each size')
    const run: Run = { log, wanted, stored: await storedPods() }
    const parts = [embeddedCreates, ...(etcd ? [etcdCreates] : []), lists(5_000), lists(50_000), watches, fullStore]
    const figures: Figure[] = []
    for (const part of parts) figures.push(...(await part(run)).filter(({ key }) => wanted(key)))
    return figures
  },
}

const rawLmdb = { what: 'raw LMDB', shares: { 1: 0.5, 32: 0.2 }, more: 4 }
const bareEtcd = { what: 'bare etcd client', shares: { 1: 0.6, 32: 0.6, 256: 0.6 }, more: 1 }

const loopKey = (name: string) => `${name}-create-loop`
const keysOf = (name: string) =>
  ['json', 'protobuf'].flatMap(encoding => [1, 32, 256].map(crowd => `${name}-create-${encoding}-${crowd}`))

async function embeddedCreates({ log, wanted }: Run): Promise<Figure[]> {
  if (![...keysOf('embedded'), loopKey('embedded')].some(wanted)) return []
  await using server = await startOwnServer()
  return await writeFigures('embedded', server.target, { kind: 'lmdb' }, rawLmdb, { log, wanted })
}

async function etcdCreates({ log, wanted }: Run): Promise<Figure[]> {
  if (![...keysOf('etcd'), loopKey('etcd')].some(wanted)) return []
  await using etcd = await startEtcdServer()
  const { endpoint } = etcd
  await using server = await startOwnServer({ storage: ['--storage-backend=etcd3', `--etcd-servers=${endpoint}`] })
  return await writeFigures('etcd', server.target, { kind: 'etcd', endpoint }, bareEtcd, { log, wanted })
}

async function writeFigures(
  name: string,
  target: Target,
  store: BareStore,
  bare: Omit<Bare, 'writer'>,
  { log, wanted }: Pick<Run, 'log' | 'wanted'>,
): Promise<Figure[]> {
  await furnish(target)
  await using herd = await startHerd()
  log(`${name}: warming up`)
  await warmUp(target, herd)
  const figures: Figure[] = []
  if (keysOf(name).some(wanted)) {
    await using writer = await startBareWriter(store, await createdPods(target))
    figures.push(...(await createFigures(name, target, { ...bare, writer }, log)))
  }
  if (wanted(loopKey(name))) {
    log(`${name}: the loop under creates`)
    figures.push(await createLoopFigure(name, target))
  }
  await herd.close()
  return figures
}

async function seeded(count: number, { log, stored }: Run): Promise<SeededStore> {
  log(`a store of ${count} pods`)
  return seededStore(count, stored)
}

const lists =
  (count: number) =>
  async (run: Run): Promise<Figure[]> => {
    const keys = ['json', 'json-gzip', 'protobuf', 'protobuf-gzip', 'table'].map(form => `list-${count}-${form}`)
    if (![...keys, nodeKey(count)].some(run.wanted)) return []
    await using store = await seeded(count, run)
    await using server = await startOwnServer({ storage: embeddedIn(store.directory) })
    await using bare = await startBareSender()
    const figures = await listFigures(count, server.target, bare, run.wanted, run.log)
    if (run.wanted(nodeKey(count))) figures.push(await nodeFigure(count, server.target, bare))
    return figures
  }

/** Each in a server of its own, which holds 5,000 pods. */
async function watches(run: Run): Promise<Figure[]> {
  const { log, wanted } = run
  const keys = ['watch-5000', 'watch-50', 'reconnect'].filter(key => partsOf[key]?.some(part => wanted(key + part)))
  const figures: Figure[] = []
  for (const key of keys) {
    await using store = await seeded(5_000, run)
    await using server = await startOwnServer({ storage: embeddedIn(store.directory) })
    await furnish(server.target)
    if (key === 'reconnect') {
      log('5,000 clients come back at once')
      await using https = await startBareServer(server.target)
      await using herd = await startHerd()
      figures.push(...(await reconnectFigures(server.target, https, herd)))
    } else {
      await using bare = await startBareSender()
      figures.push(...(await fanOutFigures(key === 'watch-50' ? 50 : 5_000, server, bare, log)))
    }
  }
  return figures
}

const fanOutParts = ['', '-rate', '-main', '-loop', '-memory']
const partsOf: Record<string, string[]> = {
  'watch-5000': fanOutParts,
  'watch-50': [...fanOutParts, '-http2'],
  reconnect: ['', '-get', '-loop'],
}

const many = 150_000

/** How long a large store takes to be served, and what it holds in memory. */
async function fullStore(run: Run): Promise<Figure[]> {
  if (!['ready-150000', 'memory'].some(run.wanted)) return []
  await using store = await seeded(many, run)
  run.log(`ready with ${many} pods`)
  const empty = await measureStart()
  const full = await measureStart(embeddedIn(store.directory))
  return [
    {
      key: 'ready-150000',
      what: `ready with ${many} pods in the store`,
      value: full.startedIn,
      unit: 'ms',
      baseline: { what: 'empty store', value: empty.startedIn },
      aim: 2_000,
    },
    {
      key: 'memory',
      what: 'memory for each stored pod, of its JSON (RssAnon)',
      value: (full.memory - empty.memory) / store.bytes,
      unit: '×',
      aim: 1.5,
    },
  ]
}

async function measureStart(storage?: readonly string[]): Promise<{ startedIn: number; memory: number }> {
  await using server = await startOwnServer(storage === undefined ? {} : { storage })
  // garbage of the start goes in its own time
  await setTimeout(10_000)
  return { startedIn: server.startedIn, memory: await anonymousMemory(server.target.pid) }
}
