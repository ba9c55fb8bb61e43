import { Connection, requestBytes } from '../api/connection.ts'
import { eventLoopDelay } from '../api/event-loop.ts'
import { protobuf } from '../api/operations.ts'
import { mainThreadTime, type Target } from '../api/target.ts'
import { type Figure, median } from '../benchmark.ts'
import type { BareSender } from './bare.ts'
import { growth } from './memory.ts'
import { nodeName, nodes, pods } from './pods.ts'

/** A LIST takes at most this much longer than the bare handler. */
const within = 1.5
const together = 10
/** So long LISTs follow one another by tens, ms: of the second that ten take the sampler sees a hundred moments, whose p99 is the longest one. */
const listsFor = 3_000
/** What is made at the first LIST is not what the next ones cost. On each connection. */
const warmUps = 3
/** V8 optimizes the short ones for hundreds of them: so long do both sides answer before anything is counted, ms. */
const optimizing = 1_000
/** How fast a connection is depends on where the kernel lets its ends run, for as long as it stands: the figure is of several ones. */
const someConnections = 10
/** Share of the bytes sent that memory may grow by, %. */
const maxGrowth = 5
const maxLoopDelay = 10

const forms = [
  { key: 'json', accept: 'application/json', gzip: false },
  { key: 'json-gzip', accept: 'application/json', gzip: true },
  { key: 'protobuf', accept: protobuf, gzip: false },
  { key: 'protobuf-gzip', accept: protobuf, gzip: true },
  { key: 'table', accept: 'application/json;as=Table;v=v1;g=meta.k8s.io', gzip: false },
] as const
type Form = (typeof forms)[number]

function listRequest({ accept, gzip }: Form): Buffer {
  const bytes = requestBytes({ method: 'GET', path: pods, accept })
  if (!gzip) return bytes
  return Buffer.concat([bytes.subarray(0, -2), Buffer.from('accept-encoding: gzip\r\n\r\n')])
}

interface Timed {
  readonly milliseconds: number
  readonly mainMicros: number
}

/**
 * One request after the other, in turn to each of the targets, and each as often first as last: what disturbs the machine meanwhile disturbs both. So many rounds
 * on each connection. Medians, of the main thread's time too.
 */
async function timed(
  targets: readonly Target[],
  request: Buffer,
  rounds: number,
  connections = someConnections,
): Promise<Timed[]> {
  const all = targets.map(target => ({ target, times: [] as number[], used: [] as number[] }))
  const first = await Promise.all(targets.map(target => Connection.open(target)))
  for (const over = performance.now() + optimizing; performance.now() < over; )
    for (const connection of first) await connection.request(request)
  for (const connection of first) connection.close()
  for (let opened = 0; opened < connections; opened++) {
    const open = await Promise.all(all.map(async one => ({ one, connection: await Connection.open(one.target) })))
    for (let i = -warmUps; i < rounds; i++)
      for (const { one, connection } of i % 2 === 0 ? open : open.toReversed()) {
        const before = await mainThreadTime(one.target.pid ?? 0)
        const began = performance.now()
        const { status } = await connection.request(request)
        const took = performance.now() - began
        if (status !== 200) throw new Error(`a LIST was answered with ${status}`)
        if (i < 0) continue
        one.times.push(took)
        one.used.push((await mainThreadTime(one.target.pid ?? 0)) - before)
      }
    for (const { connection } of open) connection.close()
  }
  return all.map(({ times, used }) => ({ milliseconds: median(times), mainMicros: median(used) / 1000 }))
}

async function bodyOf(target: Target, request: Buffer): Promise<Buffer> {
  const connection = await Connection.open(target)
  const { body, status } = await connection.request(request, 'keep')
  connection.close()
  if (status !== 200) throw new Error(`a LIST was answered with ${status}`)
  return unchunked(body)
}

function unchunked(body: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at)
    const length = Number.parseInt(body.toString('latin1', at, end), 16)
    if (!(length > 0)) return Buffer.concat(parts)
    parts.push(body.subarray(end + 2, end + 2 + length))
    at = end + 2 + length + 2
  }
}

/** LIST of everything in each form, beside the bare handler that sends the same bytes. */
export async function listFigures(
  count: number,
  target: Target,
  bare: BareSender,
  wanted: (key: string) => boolean,
  log: (text: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = []
  const rounds = count > 10_000 ? 2 : 10
  for (const form of forms) {
    const key = `list-${count}-${form.key}`
    if (!wanted(key)) continue
    log(`LIST of ${count} pods, ${form.key}`)
    const request = listRequest(form)
    const body = await bodyOf(target, request)
    await bare.sendBody(body, form.accept, form.gzip ? 'gzip' : 'identity')
    const [own, base] = (await timed([target, bare.lists], request, rounds)) as [Timed, Timed]
    const figure = { value: own.milliseconds, unit: 'ms', mainMicros: own.mainMicros } as const
    const what = `LIST of ${count} pods, ${form.key}`
    figures.push({
      key,
      what: form.gzip ? `${what}, beside the compressed bytes` : what,
      ...figure,
      baseline: { what: 'bare handler', value: base.milliseconds },
      ...(form.key === 'table' ? {} : { aim: base.milliseconds * within }),
    })
    figures.push({
      key: `${key}-main`,
      what: `${what}: main thread`,
      value: own.mainMicros / 1000,
      unit: 'ms',
      baseline: { what: 'bare handler', value: base.mainMicros / 1000 },
    })
    if (form.gzip) {
      // the other reading: a bare handler that has to compress too
      const plain = await bodyOf(target, listRequest({ ...form, gzip: false } as unknown as Form))
      await bare.sendBody(plain, form.accept)
      const path = '/compress'
      const [compressing] = (await timed([bare.lists], requestBytes({ method: 'GET', path }), 1, 1)) as [Timed]
      const baseline = { what: 'bare handler, zlib', value: compressing.milliseconds }
      figures.push({ key: `${key}-zlib`, what, ...figure, baseline, aim: compressing.milliseconds * within })
    }
    figures.push(...(await tenAtOnce(form, key, count, target, body.length)))
  }
  return figures
}

/** LIST of one node's pods among all, beside the bare handler that sends the same bytes. */
export async function nodeFigure(count: number, target: Target, bare: BareSender): Promise<Figure> {
  const path = `/api/v1/pods?fieldSelector=spec.nodeName%3D${nodeName(17)}`
  const request = requestBytes({ method: 'GET', path })
  await bare.sendBody(await bodyOf(target, request), 'application/json')
  const [own, base] = (await timed([target, bare.lists], request, 40)) as [Timed, Timed]
  return {
    key: nodeKey(count),
    what: `LIST of the ${Math.round(count / nodes)} pods of a node among ${count}`,
    value: own.milliseconds,
    unit: 'ms',
    mainMicros: own.mainMicros,
    baseline: { what: 'bare handler', value: base.milliseconds },
  }
}

export const nodeKey = (count: number) => `list-${count}-node`

async function tenAtOnce(form: Form, key: string, count: number, target: Target, bytes: number): Promise<Figure[]> {
  const request = listRequest(form)
  const ten = async () => {
    const open = await Promise.all(Array.from({ length: together }, () => Connection.open(target)))
    await Promise.all(open.map(connection => connection.request(request)))
    for (const connection of open) connection.close()
  }
  const grown = await growth(target.pid, ten)
  const delay = await eventLoopDelay(target, async () => {
    const over = performance.now() + listsFor
    while (performance.now() < over) await ten()
  })
  const what = `ten LISTs of ${count} pods at once, ${form.key}`
  const share = { key: `${key}-growth`, what: `${what}: growth of memory`, value: (grown / (bytes * together)) * 100 }
  return [
    ...(form.gzip ? [] : [{ ...share, unit: '%', aim: maxGrowth } as const]),
    { key: `${key}-loop`, what: `${what}: event-loop delay, p99`, value: delay, unit: 'ms', aim: maxLoopDelay },
  ]
}
