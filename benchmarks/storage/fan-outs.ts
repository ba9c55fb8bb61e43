import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { Connection } from '../api/connection.ts'
import { eventLoopDelay, resolution } from '../api/event-loop.ts'
import { collectGarbage } from '../api/inspector.ts'
import type { OwnServer } from '../api/servers.ts'
import { mainThreadTime, type Target } from '../api/target.ts'
import { type Figure, median } from '../benchmark.ts'
import type { BareSender } from './bare.ts'
import { watchPaths } from './creates.ts'
import { type Herd, machineTime, startHerd } from './herd.ts'
import { anonymousMemory } from './memory.ts'
import { podName, pods, send } from './pods.ts'

const watchers = 5_000
const rounds = 41
/** Until V8 has optimized all sides: first the write alone, then whole rounds. */
const warmUpWrites = 2_000
const warmUp = 30
const settling = 15
/** Share of the bare loop's rate that the house wants. */
const share = 0.5

/** One that sends to 5,000 clients. */
interface Side {
  readonly herd: Herd
  readonly pid: number
  readonly send: () => unknown
  /** What each connection waits for; undefined: the end of an event for each watcher. */
  readonly bytes: number | undefined
  /** KiB that each of its idle watchers holds. */
  readonly memory: number
  /** ms to the last, a round each. */
  readonly times: number[]
  /** Nanoseconds of its main thread. */
  used: number
}

/**
 * One write to so many watchers, half of them with a selector, beside a loop of as many writes of the same frame to bare sockets and, where
 * watchers share connections, to bare streams of `node:http2`. The sides take turns, so that what else the machine does hits all of them.
 */
export async function fanOutFigures(
  connections: number,
  server: OwnServer,
  bare: BareSender,
  log: (text: string) => void,
): Promise<Figure[]> {
  const { target } = server
  const streams = watchers / connections
  log(`${watchers} watchers on ${connections} connections`)
  const writer = await Connection.open(target)
  // lies on the node that the selectors name
  const path = `${pods}/${podName(1)}`
  let label = 0
  const write = () =>
    send(
      writer,
      { method: 'PATCH', path, contentType: 'application/merge-patch+json' },
      { metadata: { labels: { round: String(++label).padStart(6, '0') } } },
    )
  for (let i = 0; i < warmUpWrites; i++) await write()
  const object = await write()
  const frame = Buffer.concat([Buffer.from('{"type":"MODIFIED","object":'), object, Buffer.from('}\n')])
  const { metadata } = JSON.parse(object.toString()) as { metadata: { resourceVersion: string } }

  await using herds = new AsyncDisposableStack()
  const side = async (
    to: Target,
    [crowd, each, asked]: [connections: number, streams: number, paths: readonly string[]],
    collect: () => Promise<void>,
    sends: () => unknown,
    bytes?: number,
  ): Promise<Side> => {
    const herd = herds.use(await startHerd())
    await collect()
    const before = await anonymousMemory(to.pid)
    await herd.open(to, crowd, each, asked)
    await collect()
    const memory = ((await anonymousMemory(to.pid)) - before) / 1024 / watchers
    return { herd, pid: to.pid ?? 0, send: sends, bytes, memory, times: [], used: 0 }
  }
  const paths = watchPaths(Number(metadata.resourceVersion))
  const own = await side(target, [connections, streams, paths], () => collectGarbage(server.inspector), write)
  // streams before sockets: what the first garbage leaves behind is the larger part of their memory
  const http2 =
    streams === 1
      ? undefined
      : await side(bare.streams, [connections, streams, ['/']], bare.collectGarbage, () =>
          bare.sendFrames(frame, 'streams'),
        )
  const loop = await side(
    bare.frames,
    [connections, 1, ['/']],
    bare.collectGarbage,
    () => bare.sendFrames(frame, 'sockets', streams),
    streams * frame.length,
  )
  const sides = http2 === undefined ? [own, loop] : [own, loop, http2]
  for (let i = 0; i < warmUp + rounds; i++) {
    for (const each of sides) {
      const { took, used } = await round(each)
      if (i < warmUp) continue
      each.times.push(took)
      each.used += used
    }
  }
  // without the others' turns, in which this server would be idle
  const others = monitorEventLoopDelay({ resolution })
  const delay = await eventLoopDelay(target, async () => {
    others.enable()
    for (let i = 0; i < rounds; i++) await sent(own)
    others.disable()
  })
  writer.close()

  const what = `a write to ${watchers} watchers on ${connections} connections`
  const key = `watch-${connections}`
  const last = median(own.times)
  const bareLast = median(loop.times)
  const rate = (ms: number) => (watchers * 1000) / ms
  const micros = ({ used }: Side) => used / 1000 / (rounds * watchers)
  const baseline = (value: number) => ({ what: 'bare loop', value })
  return [
    { key, what: `${what}: to the last`, value: last, unit: 'ms', baseline: baseline(bareLast) },
    {
      key: `${key}-rate`,
      what: `${what}: events`,
      value: rate(last),
      unit: 'events/s',
      baseline: baseline(rate(bareLast)),
      mainMicros: micros(own),
      aim: rate(bareLast) * share,
    },
    {
      key: `${key}-main`,
      what: `${what}: main thread, an event`,
      value: micros(own),
      unit: 'µs',
      baseline: baseline(micros(loop)),
    },
    ...(http2 === undefined
      ? []
      : [
          {
            key: `${key}-http2`,
            what: `${what}: bare node:http2, to the last`,
            value: median(http2.times),
            unit: 'ms' as const,
            baseline: baseline(bareLast),
            mainMicros: micros(http2),
          },
        ]),
    {
      key: `${key}-loop`,
      what: `${what}: event-loop delay, p99`,
      value: delay,
      unit: 'ms',
      baseline: { what: 'of another process', value: others.percentile(99) / 1e6 - resolution },
      aim: 10,
    },
    {
      key: `${key}-memory`,
      what: `memory of an idle watch, ${watchers} on ${connections} connections (RssAnon)`,
      value: own.memory,
      unit: 'KiB',
      baseline:
        http2 === undefined
          ? { what: 'bare TLS socket', value: loop.memory }
          : { what: 'node:http2', value: http2.memory },
    },
  ]
}

/** ms to the last. */
async function sent({ herd, send: sends, bytes }: Side): Promise<number> {
  const arrived = await herd.expect(bytes)
  const began = machineTime()
  await sends()
  return ((await arrived()) - began) / 1e6
}

async function round(side: Side): Promise<{ took: number; used: number }> {
  const before = await mainThreadTime(side.pid)
  const took = await sent(side)
  // what a server does when all is sent belongs to it
  await setTimeout(settling)
  return { took, used: (await mainThreadTime(side.pid)) - before }
}
