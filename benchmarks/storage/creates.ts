import { builtinSchemas, sealProtobuf } from '@kubets/api-types'
import { requestBytes } from '../api/connection.ts'
import { eventLoopDelay } from '../api/event-loop.ts'
import { openCrowd, runLoad } from '../api/load.ts'
import { protobuf } from '../api/operations.ts'
import type { Target } from '../api/target.ts'
import { type Figure, median } from '../benchmark.ts'
import type { BareWriter } from './bare-writer.ts'
import type { Herd } from './herd.ts'
import { nodeName, podOfSize, pods } from './pods.ts'

const crowds = [1, 32, 256] as const
const encodings = ['json', 'protobuf'] as const
type Encoding = (typeof encodings)[number]

/** In turn with the bare store, so that neither has a fuller store or a busier machine; the first of each is not counted. */
const rounds = 7
/** In a round. One writer waits for the disk each time: fewer are enough there. */
const creates = { 1: 300, 32: 2_500, 256: 2_500 }
/** Of each encoding, before anything is measured: V8 compiles and compiles again for some twenty thousand writes, and a server that lives for a day has long done so. */
const warmUps = 15_000
/** In one go, of each encoding, for the loop's delay. */
const forDelay = 8_000

/** What stands beside the server. */
export interface Bare {
  readonly what: string
  readonly writer: BareWriter
  /** The share of the bare rate that the house wants. */
  readonly shares: Readonly<Partial<Record<(typeof crowds)[number], number>>>
  /** How many more writes than creates in a round: a faster one, too, is looked at for a while. */
  readonly more: number
}

/** Watches that see the pods come, half of them with a selector. */
const watchers = 10
export const watchPaths = (revision = 0) => [
  `${pods}?watch=1&resourceVersion=${revision}`,
  `${pods}?watch=1&resourceVersion=${revision}&fieldSelector=spec.nodeName%3D${nodeName(1)}`,
]

function createRequest(name: string, i: number, encoding: Encoding): Buffer {
  const pod = podOfSize(name, i % 5)
  if (encoding === 'json') return requestBytes({ method: 'POST', path: pods }, Buffer.from(JSON.stringify(pod)))
  const message = builtinSchemas.get('io.k8s.api.core.v1.Pod').encodeProtobuf(pod as never)
  return requestBytes(
    { method: 'POST', path: pods, accept: protobuf, contentType: protobuf },
    sealProtobuf('v1', 'Pod', message),
  )
}

/** Creates through the API, each crowd in turn with as many writers to the bare store. */
export async function createFigures(
  name: string,
  target: Target,
  bare: Bare,
  log: (text: string) => void,
): Promise<Figure[]> {
  const figures: Figure[] = []
  // as warm as the server is
  await bare.writer.run({ writers: 32, writes: encodings.length * warmUps })
  for (const encoding of encodings)
    for (const crowd of crowds) {
      log(`${name}: creates, ${crowd} writers, ${encoding}`)
      const rates: number[] = []
      const bareRates: number[] = []
      const micros: number[] = []
      using clients = await openCrowd(target, crowd)
      for (let round = 0; round <= rounds; round++) {
        const writes = creates[crowd] * bare.more
        const bareRate = await bare.writer.run({ writers: crowd, writes })
        const load = await clients.run({
          operations: creates[crowd],
          request: i => createRequest(`${encoding}-${crowd}-${round}-${i}`, i, encoding),
          expect: 201,
        })
        if (round === 0) continue
        rates.push(load.perSecond)
        bareRates.push(bareRate)
        if (load.mainMicros !== undefined) micros.push(load.mainMicros)
      }
      const value = median(bareRates)
      const share = bare.shares[crowd]
      figures.push({
        key: `${name}-create-${encoding}-${crowd}`,
        what: `${name}: creates, ${encoding}, ${crowd} ${crowd === 1 ? 'writer' : 'writers'}`,
        value: median(rates),
        unit: 'ops/s',
        samples: rates,
        baseline: { what: bare.what, value },
        ...(micros.length === 0 ? {} : { mainMicros: median(micros) }),
        ...(share === undefined ? {} : { aim: value * share }),
      })
    }
  return figures
}

/** Opens the watches that all creates are told to. */
export async function warmUp(target: Target, herd: Herd): Promise<void> {
  await herd.open(target, watchers, 1, watchPaths())
  for (const encoding of encodings)
    await runLoad({
      target,
      connections: 32,
      operations: warmUps,
      request: i => createRequest(`warm-${encoding}-${i}`, i, encoding),
      expect: 201,
    })
}

/** The loop of a server that has creates and nothing else to do, without a pause between them. */
export async function createLoopFigure(name: string, target: Target): Promise<Figure> {
  const value = await eventLoopDelay(target, async () => {
    for (const encoding of encodings)
      for (const crowd of crowds)
        await runLoad({
          target,
          connections: crowd,
          operations: crowd === 1 ? creates[crowd] : forDelay,
          request: i => createRequest(`delay-${encoding}-${crowd}-${i}`, i, encoding),
          expect: 201,
        })
  })
  return {
    key: `${name}-create-loop`,
    what: `${name}: creates: event-loop delay, p99`,
    value,
    unit: 'ms',
    aim: 10,
  }
}
