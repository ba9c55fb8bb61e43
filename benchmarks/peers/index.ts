import { builtinSchemas, sealProtobuf } from '@kubets/api-types'
import type { FlagTable } from '@kubets/component/plain'
import { Connection, type RequestLine, requestBytes } from '../api/connection.ts'
import { fanOut } from '../api/fan-out.ts'
import { type Load, openCrowd } from '../api/load.ts'
import { bytesOf, type Operation, protobuf, writes } from '../api/operations.ts'
import { namespace, pod } from '../api/pods.ts'
import type { Target } from '../api/target.ts'
import { type Benchmark, type Figure, median } from '../benchmark.ts'
import { anonymousMemory } from '../storage/memory.ts'
import { pods, send } from '../storage/pods.ts'
import { type Side, startSides } from './sides.ts'

const crowds = [1, 32, 256] as const
/** In turn, so that what else the machine does hits both; the first of each is not counted. */
const rounds = 3
/** Creates of each server before anything is measured, and so many in protobuf: V8 compiles for some twenty thousand, and a server that lives for a day has long done so. */
const warmUps = 15_000
const protobufWarmUps = 5_000
/** Pods that a LIST gives. */
const listed = 5_000
const watchers = 500
const watchedEvents = 30
/** As above: a round of them before the one that counts. */
const warmUpEvents = 150
const upstreamName = 'kube-apiserver'

/** Each a round's work; `operations` for one connection, and for more. */
interface Work {
  readonly key: string
  readonly what: string
  readonly operations: Readonly<Record<'one' | 'many', number>>
  readonly crowds: readonly number[]
  readonly expect: number
  /** What makes the objects of this one. */
  readonly after?: string
  readonly request: (round: string, target: Target) => (i: number) => Buffer
}

/** A write that the API benchmark measures, on the pods of the same round's creates. */
function written(key: string): Work {
  const of = (round: string) => writes(round).find(operation => operation.key === key) as Operation
  return {
    key,
    what: of('').what,
    operations: { one: 300, many: 2_000 },
    crowds: [32],
    expect: of('').expect,
    ...(of('').after === undefined ? {} : { after: `${of('').after}-32` }),
    request: (round, { token }) => bytesOf(of(round), token),
  }
}

function read(key: string, what: string, path: (i: number) => string, accept: string, many: number): Work {
  const operations = { one: Math.ceil(many / 4), many }
  const line = (i: number): RequestLine => ({ method: 'GET', path: path(i), accept })
  return {
    key,
    what,
    operations,
    crowds: many < 1_000 ? [1, 10] : crowds,
    expect: 200,
    request:
      (_, { token }) =>
      i =>
        requestBytes({ ...line(i), token }),
  }
}

const createdProtobuf: Work = {
  ...written('create'),
  key: 'create-protobuf',
  what: 'create of a pod, protobuf',
  crowds,
  request:
    (round, { token }) =>
    i => {
      const message = builtinSchemas.get('io.k8s.api.core.v1.Pod').encodeProtobuf(pod(`pb-${round}-${i}`) as never)
      const line = { method: 'POST', path: pods, accept: protobuf, contentType: protobuf, token }
      return requestBytes(line, sealProtobuf('v1', 'Pod', message))
    },
}
const json = 'application/json'
const works: readonly Work[] = [
  { ...written('create'), crowds },
  createdProtobuf,
  written('binding'),
  written('patch-status'),
  read('get', 'GET of a pod', i => `${pods}/warm-${i % warmUps}`, json, 4_000),
  read('get-protobuf', 'GET of a pod, protobuf', i => `${pods}/warm-${i % warmUps}`, protobuf, 4_000),
  read('list', `LIST of ${listed} pods`, () => `${pods}?limit=${listed}`, json, 20),
  read('list-protobuf', `LIST of ${listed} pods, protobuf`, () => `${pods}?limit=${listed}`, protobuf, 20),
]

const flags = {
  only: { type: 'regexp', default: '', help: 'Only figures whose key matches.' },
} as const satisfies FlagTable

export const benchmark: Benchmark<typeof flags> = {
  about:
    "kubets beside upstream's kube-apiserver, each over an etcd of its own; four minutes; the first run builds it (Go, ten more).",
  flags,
  async run(log, { only: wanted }) {
    await using sides = await startSides(log)
    const { kubets, upstream } = sides
    const figures = [
      beside('ready', 'from its start to readiness', 'ms', kubets.startedIn, upstream.startedIn),
      await memoryFigure('memory-idle', 'memory, nothing stored (RssAnon)', kubets, upstream),
    ]
    for (const side of [kubets, upstream]) {
      log(`warming up ${side === kubets ? 'kubets' : upstreamName}`)
      await warmUp(side)
    }
    const asked = works.flatMap(work => work.crowds.map(crowd => ({ work, crowd, key: `${work.key}-${crowd}` })))
    for (const { work, crowd, key } of asked)
      if (wanted.test(key) || asked.some(other => other.work.after === key && wanted.test(other.key)))
        figures.push(await inTurn(work, crowd, kubets, upstream, log))
    if (wanted.test('watch')) figures.push(await watchFigure(kubets, upstream, log))
    figures.push(await memoryFigure('memory-full', 'memory after all of it (RssAnon)', kubets, upstream))
    return figures.filter(({ key }) => wanted.test(key))
  },
}

async function warmUp({ target }: Side): Promise<void> {
  using crowd = await openCrowd(target, 32)
  const [create] = writes('')
  const request = (i: number) => {
    const [line] = (create as Operation).request(i)
    return requestBytes({ ...line, token: target.token }, Buffer.from(JSON.stringify(pod(`warm-${i}`))))
  }
  await crowd.run({ operations: warmUps, request, expect: 201 })
  await crowd.run({ operations: protobufWarmUps, request: createdProtobuf.request('warm', target), expect: 201 })
}

async function inTurn(work: Work, crowd: number, kubets: Side, upstream: Side, log: (text: string) => void) {
  log(`${work.what}, ${crowd} connections`)
  const operations = crowd === 1 ? work.operations.one : work.operations.many
  using open = new DisposableStack()
  const sides = await Promise.all(
    [kubets, upstream].map(async ({ target }) => ({
      target,
      clients: open.use(await openCrowd(target, crowd)),
      loads: [] as Load[],
    })),
  )
  for (let round = 0; round <= rounds; round++)
    for (const { target, clients, loads } of sides) {
      const request = work.request(`${crowd}-${round}`, target)
      const load = await clients.run({ operations, request, expect: work.expect })
      if (round > 0) loads.push(load)
    }
  const [own, other] = sides.map(({ loads }) => median(loads.map(({ perSecond }) => perSecond))) as [number, number]
  const micros = median(sides[0]?.loads.map(({ mainMicros = Number.NaN }) => mainMicros) ?? [])
  const what = `${work.what}, ${crowd} ${crowd === 1 ? 'connection' : 'connections'}`
  return { ...beside(`${work.key}-${crowd}`, what, 'ops/s', own, other), mainMicros: micros }
}

/** One change of an object that all watch, a connection each. */
async function watchFigure(kubets: Side, upstream: Side, log: (text: string) => void): Promise<Figure> {
  log(`an event to ${watchers} watchers`)
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`
  const last = async ({ target }: Side): Promise<number> => {
    const { token } = target
    const writer = await Connection.open(target)
    await send(writer, { method: 'POST', path: configMaps, token }, { metadata: { name: 'watched' } })
    let round = 0
    const mark = (i: number) => `mark-${round}-${i}-e`
    const line = { method: 'PATCH', path: `${configMaps}/watched`, contentType: 'application/merge-patch+json', token }
    const trigger = async (i: number) => void (await send(writer, line, { metadata: { labels: { mark: mark(i) } } }))
    const watch = `${configMaps}?watch=1&fieldSelector=metadata.name%3Dwatched`
    await fanOut(target, watchers, warmUpEvents, watch, trigger, mark)
    round++
    const { toLast } = await fanOut(target, watchers, watchedEvents, watch, trigger, mark)
    writer.close()
    return toLast
  }
  return beside(
    'watch',
    `a change told to ${watchers} watchers, to the last`,
    'ms',
    await last(kubets),
    await last(upstream),
  )
}

const mebibyte = 1024 * 1024

async function memoryFigure(key: string, what: string, kubets: Side, upstream: Side): Promise<Figure> {
  const [own, other] = await Promise.all(
    [kubets, upstream].map(async ({ target }) => (await anonymousMemory(target.pid)) / mebibyte),
  )
  return beside(key, what, 'MiB', own as number, other as number)
}

/** The house wants to be better than upstream at upstream's own work. */
function beside(key: string, what: string, unit: Figure['unit'], value: number, other: number): Figure {
  return { key, what, value, unit, baseline: { what: upstreamName, value: other }, aim: other }
}
