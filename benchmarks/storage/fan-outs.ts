import { Connection } from '../api/connection.ts'
import { eventLoopDelay } from '../api/event-loop.ts'
import { mainThreadTime, type Target } from '../api/target.ts'
import { type Figure, median } from '../benchmark.ts'
import type { BareSender } from './bare.ts'
import { watchPaths } from './creates.ts'
import { type Herd, machineTime } from './herd.ts'
import { podName, pods, send } from './pods.ts'

const watchers = 5_000
const rounds = 11
/** Share of the bare loop's rate that the house wants. */
const share = 0.5

/** One write to so many watchers, half of them with a selector, beside a loop of as many writes of the same frame to bare sockets. */
export async function fanOutFigures(
  connections: number,
  target: Target,
  bare: BareSender,
  herd: Herd,
  log: (text: string) => void,
): Promise<Figure[]> {
  const streams = watchers / connections
  log(`${watchers} watchers on ${connections} connections`)
  const writer = await Connection.open(target)
  // lies on the node that the selectors name
  const path = `${pods}/${podName(1)}`
  const label = (value: string) =>
    send(
      writer,
      { method: 'PATCH', path, contentType: 'application/merge-patch+json' },
      { metadata: { labels: { round: value } } },
    )
  const object = await label('first')
  const { metadata } = JSON.parse(object.toString()) as { metadata: { resourceVersion: string } }
  await herd.open(target, connections, streams, watchPaths(Number(metadata.resourceVersion)))
  const times: number[] = []
  let used = 0
  const delay = await eventLoopDelay(target, async () => {
    const before = await mainThreadTime(target.pid ?? 0)
    for (let i = 0; i < rounds; i++) {
      const arrived = await herd.expect()
      const began = machineTime()
      await label(`${i}`)
      times.push(((await arrived()) - began) / 1e6)
    }
    used = (await mainThreadTime(target.pid ?? 0)) - before
  })
  writer.close()
  await herd.close()

  await herd.open(bare.frames, connections, 1, ['/'])
  const frame = Buffer.concat([Buffer.from('{"type":"MODIFIED","object":'), object, Buffer.from('}\n')])
  const baseTimes: number[] = []
  for (let i = 0; i < rounds; i++) {
    const arrived = await herd.expect(frame.length * streams)
    const began = machineTime()
    bare.sendFrames(frame, streams)
    baseTimes.push(((await arrived()) - began) / 1e6)
  }
  await herd.close()
  const last = median(times)
  const baseLast = median(baseTimes)
  const rate = (watchers * 1000) / last
  const baseRate = (watchers * 1000) / baseLast
  const what = `a write to ${watchers} watchers on ${connections} connections`
  const key = `watch-${connections}`
  return [
    { key, what: `${what}: to the last`, value: last, unit: 'ms', baseline: { what: 'bare loop', value: baseLast } },
    {
      key: `${key}-rate`,
      what: `${what}: events`,
      value: rate,
      unit: 'events/s',
      baseline: { what: 'bare loop', value: baseRate },
      mainMicros: used / 1000 / (rounds * watchers),
      aim: baseRate * share,
    },
    { key: `${key}-loop`, what: `${what}: event-loop delay, p99`, value: delay, unit: 'ms', aim: 10 },
  ]
}
