import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Connection, requestBytes } from '../api/connection.ts'
import { eventLoopDelay, resolution } from '../api/event-loop.ts'
import type { BareServer } from '../api/servers.ts'
import type { Target } from '../api/target.ts'
import type { Figure } from '../benchmark.ts'
import { watchPaths } from './creates.ts'
import type { Herd } from './herd.ts'
import { podName, pods, send } from './pods.ts'

const clients = 5_000

interface Back {
  /** ms until the last is answered. */
  readonly all: number
  /** p99 of a GET meanwhile, ms. */
  readonly p99: number
}

/** All clients are cut off and come back at once; somebody else reads one object after another meanwhile. */
async function comeBack(target: Target, herd: Herd, paths: readonly string[], get: Buffer): Promise<Back> {
  await herd.open(target, clients, 1, paths)
  await herd.close()
  const reader = await Connection.open(target)
  const times: number[] = []
  let over = false
  const began = performance.now()
  let all = 0
  const back = herd.open(target, clients, 1, paths, clients).then(() => {
    over = true
    all = performance.now() - began
  })
  while (!over) {
    const sent = performance.now()
    await reader.request(get)
    times.push(performance.now() - sent)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  await back
  reader.close()
  return { all, p99: times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0 }
}

export async function reconnectFigures(target: Target, bare: BareServer, herd: Herd): Promise<Figure[]> {
  const reader = await Connection.open(target)
  const path = `${pods}/${podName(7)}`
  const body = await send(
    reader,
    { method: 'PATCH', path, contentType: 'application/merge-patch+json' },
    { metadata: { labels: { seen: 'last' } } },
  )
  reader.close()
  const { metadata } = JSON.parse(body.toString()) as { metadata: { resourceVersion: string } }
  // as reflectors do: from where they were, not from the beginning
  const paths = watchPaths(Number(metadata.resourceVersion))
  let own: Back = { all: 0, p99: 0 }
  const others = monitorEventLoopDelay({ resolution })
  const delay = await eventLoopDelay(target, async () => {
    others.enable()
    own = await comeBack(target, herd, paths, requestBytes({ method: 'GET', path }))
    others.disable()
  })
  await herd.close()
  await bare.answerWith(200, 'application/json', body)
  const base = await comeBack(bare.target, herd, ['/watch'], requestBytes({ method: 'GET', path }))
  await herd.close()
  const what = `${clients} clients come back at once`
  const baseline = (value: number) => ({ what: 'node:https', value })
  return [
    {
      key: 'reconnect',
      what: `${what}: until the last is answered`,
      value: own.all,
      unit: 'ms',
      baseline: baseline(base.all),
    },
    {
      key: 'reconnect-get',
      what: `${what}: GET meanwhile, p99`,
      value: own.p99,
      unit: 'ms',
      baseline: baseline(base.p99),
    },
    {
      key: 'reconnect-loop',
      what: `${what}: event-loop delay, p99`,
      value: delay,
      unit: 'ms',
      baseline: { what: 'of another process', value: others.percentile(99) / 1e6 - resolution },
      aim: 10,
    },
  ]
}
