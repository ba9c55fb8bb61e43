import { resources } from '@kubets/client'
import { defaultConfiguration, startScheduler } from '@kubets/scheduler'
import { fakeServer, testNode, testPod } from '@kubets/scheduler/testing'
import type { Benchmark } from '../benchmark.ts'

const nodes = 5_000
const pods = 5_000

export const benchmark: Benchmark = {
  about: 'Pods placed a second over 5,000 nodes: queue, algorithm, bindings and events, against a server in memory.',
  async run(log) {
    log(`${pods} bindings without a scheduler`)
    const bare = await measure(async server => {
      for (let i = 0; i < pods; i++) {
        const key = { namespace: 'default', name: `p${i}` }
        server.put('pods', testPod(key.name, { cpu: '100m' }))
        const target = { kind: 'Node', name: `n${i % nodes}` }
        const binding = { apiVersion: 'v1', kind: 'Binding', metadata: key, target }
        await server.client.create(resources.pods, binding, { subresource: 'binding', key })
      }
    })
    log(`${pods} pods through the scheduler`)
    const scheduled = await measure(async server => {
      for (let i = 0; i < pods; i++) server.put('pods', testPod(`p${i}`, { cpu: '100m' }))
      const scheduler = await startScheduler({
        client: server.client,
        configuration: {
          ...defaultConfiguration,
          leaderElection: { ...defaultConfiguration.leaderElection, leaderElect: false },
        },
      })
      while (server.pods().some(pod => !pod.spec?.nodeName)) await new Promise(resolve => setTimeout(resolve, 20))
      await scheduler.stop()
    })
    return [
      {
        key: 'pods-per-second',
        what: `pods placed, ${nodes} nodes`,
        value: scheduled.perSecond,
        unit: 'ops/s',
        baseline: { what: 'bindings alone', value: bare.perSecond },
        mainMicros: scheduled.micros,
        aim: 4_000,
      },
    ]
  },
}

async function measure(work: (server: ReturnType<typeof fakeServer>) => Promise<void>) {
  const server = fakeServer()
  for (let i = 0; i < nodes; i++) server.put('nodes', testNode(`n${i}`, { cpu: '32' }))
  const began = performance.now()
  const before = process.threadCpuUsage()
  await work(server)
  const { user, system } = process.threadCpuUsage(before)
  return { perSecond: (pods / (performance.now() - began)) * 1_000, micros: (user + system) / pods }
}
