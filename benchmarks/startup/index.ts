import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Node, Pod } from '@kubets/api-types'
import { createClient, loadKubeconfig, resources } from '@kubets/client'
import { type Benchmark, type Figure, median } from '../benchmark.ts'
import { bareContainer, bareNode } from './baselines.ts'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../../apps/kubets/src/main.ts')
const rounds = 3
const pods = 20

export const benchmark: Benchmark = {
  about: 'From `kubets up` to the API server, to Ready nodes, to a Running pod; and the memory of the idle cluster.',
  async run(log) {
    log('bare parts')
    const nodeBoot = await bareNode()
    const container = await bareContainer()
    const directory = await mkdtemp(join(tmpdir(), 'kubets-bench-'))
    const dir = ['--dir', join(directory, 'cluster')]
    const up: Record<'api' | 'nodes', number[]> = { api: [], nodes: [] }
    let first: { api: number; nodes: number } | undefined
    let toRunning: number[] = []
    let memory = 0
    try {
      for (let round = 0; round <= rounds; round++) {
        log(round === 0 ? 'first start: makes certificates and images' : `start ${round} of ${rounds}`)
        const times = await timedUp(dir)
        if (round === 0) first = times
        else {
          up.api.push(times.api)
          up.nodes.push(times.nodes)
        }
        if (round === rounds) {
          log(`${pods} pods, one after another`)
          toRunning = await podTimes(join(directory, 'cluster', 'kubeconfig'))
          memory = await clusterPss(dir, log)
        }
        await run(process.execPath, [main, 'down', ...dir])
      }
    } finally {
      await run(process.execPath, [main, 'reset', ...dir]).catch(() => undefined)
      await rm(directory, { recursive: true, force: true })
    }
    const figures: Figure[] = [
      {
        key: 'api-ready-first',
        what: 'first up of a new cluster to /readyz',
        value: first?.api ?? Number.NaN,
        unit: 'ms',
        baseline: { what: 'node -e 0', value: nodeBoot },
      },
      {
        key: 'api-ready',
        what: 'up to /readyz',
        value: median(up.api),
        samples: up.api,
        unit: 'ms',
        baseline: { what: 'node -e 0', value: nodeBoot },
        aim: 1_000,
      },
      {
        key: 'nodes-ready-first',
        what: 'first up of a new cluster to both nodes Ready',
        value: first?.nodes ?? Number.NaN,
        unit: 'ms',
        baseline: { what: 'node -e 0', value: nodeBoot },
      },
      {
        key: 'nodes-ready',
        what: 'up to both nodes Ready',
        value: median(up.nodes),
        samples: up.nodes,
        unit: 'ms',
        baseline: { what: 'node -e 0', value: nodeBoot },
        aim: 3_000,
      },
      {
        key: 'pod-running',
        what: 'create to Running, p50',
        value: median(toRunning),
        samples: toRunning,
        unit: 'ms',
        baseline: { what: 'runc run', value: container },
        aim: 200,
      },
      { key: 'idle-pss', what: 'PSS of all Node processes, idle', value: memory, unit: 'MiB', aim: 400 },
    ]
    return figures
  },
}

/** Milliseconds from the command to each line of its progress. */
async function timedUp(dir: readonly string[]): Promise<{ api: number; nodes: number }> {
  const started = performance.now()
  const child: ChildProcess = spawn(process.execPath, [main, 'up', '--detach', ...dir], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let api = Number.NaN
  let nodes = Number.NaN
  let output = ''
  const collect = (chunk: Buffer) => {
    output += chunk.toString()
    if (Number.isNaN(api) && /✓ api-server/.test(output)) api = performance.now() - started
    if (Number.isNaN(nodes) && /✓ nodes Ready/.test(output)) nodes = performance.now() - started
  }
  child.stdout?.on('data', collect)
  child.stderr?.on('data', collect)
  const code = await new Promise<number | null>(resolve => child.once('close', resolve))
  if (code !== 0) throw new Error(`kubets up failed:\n${output}`)
  return { api, nodes }
}

/** From the POST of each pod to the watch event that says Running. */
async function podTimes(kubeconfig: string): Promise<number[]> {
  await using client = createClient(await loadKubeconfig({ file: kubeconfig }))
  const end = new AbortController()
  const running = new Map<string, () => void>()
  const watching = (async () => {
    for await (const event of client.watch<Pod>(resources.pods, { namespace: 'default', signal: end.signal })) {
      if (event.type === 'ERROR' || event.object.status?.phase !== 'Running') continue
      running.get(event.object.metadata?.name ?? '')?.()
    }
  })()
  // a tag other than latest is not pulled again: what is measured is the pod, not a registry
  const names =
    (await client.list<Node>(resources.nodes)).items[0]?.status?.images?.flatMap(one => one.names ?? []) ?? []
  const image = names.find(name => name.includes(':') && !name.endsWith(':latest') && !name.includes('@'))
  if (image === undefined) throw new Error('the node has no image with a version')
  const times: number[] = []
  for (let i = 0; i < pods; i++) {
    const name = `bench-${i}`
    const started = performance.now()
    const seen = new Promise<void>(resolve => running.set(name, resolve))
    await client.create<Pod>(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image, command: ['sleep', '600'] }] },
    })
    await Promise.race([seen, failAfter(20_000, `pod ${name} is not Running after 20 s`)])
    times.push(performance.now() - started)
    await client.delete(resources.pods, { namespace: 'default', name }, { gracePeriodSeconds: 0 })
  }
  end.abort()
  await watching.catch(() => undefined)
  return times
}

function failAfter(ms: number, why: string): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(why)), ms).unref())
}

/** Sum of `Pss` over the cluster's Node processes, MiB; what each has is logged. */
async function clusterPss(dir: readonly string[], log: (line: string) => void): Promise<number> {
  const recorded = JSON.parse(await readFile(join(dir[1] ?? '', 'processes.json'), 'utf8')) as Record<
    string,
    { pid: number }
  >
  let all = 0
  for (const [name, { pid }] of Object.entries(recorded)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
    const own = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? Number.NaN) / 1024
    log(`PSS of ${name}: ${own.toFixed(1)} MiB`)
    all += own
  }
  return all
}
