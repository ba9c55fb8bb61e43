import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { join } from 'node:path'
import { createClient, resources } from '@kubets/client'
import { type Benchmark, type Figure, median } from '../benchmark.ts'

const requests = 20_000
const parallel = 32
const rounds = 3

export const benchmark: Benchmark = {
  about: 'What a POST through the client costs its thread, beside the same over a bare http2 session.',
  async run(log) {
    const server = fork(join(import.meta.dirname, 'server.ts'))
    try {
      const [port] = (await once(server, 'message')) as [number]
      const url = `http://127.0.0.1:${port}`
      const pod = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', namespace: 'default' } }
      const session = connect(url)
      await using client = createClient({ server: url })
      const bare = () =>
        new Promise<void>((resolve, reject) => {
          const stream = session.request({
            ':method': 'POST',
            ':path': '/api/v1/namespaces/default/pods',
            'content-type': 'application/json',
          })
          const chunks: Buffer[] = []
          stream.on('data', chunk => chunks.push(chunk))
          stream.on('error', reject)
          stream.on('end', () => {
            JSON.parse(Buffer.concat(chunks).toString('utf8'))
            resolve()
          })
          stream.end(JSON.stringify(pod))
        })
      const samples = { client: [] as number[], bare: [] as number[] }
      const create = () => client.create(resources.pods, pod)
      for (let round = 0; round <= rounds; round++) {
        log(round === 0 ? 'warming up' : `round ${round} of ${rounds}`)
        const one = { bare: await microsEach(bare), client: await microsEach(create) }
        if (round === 0) continue
        samples.bare.push(one.bare)
        samples.client.push(one.client)
      }
      session.destroy()
      const figure: Figure = {
        key: 'post',
        what: 'POST through the client',
        value: median(samples.client),
        samples: samples.client,
        unit: 'µs',
        baseline: { what: 'bare http2 session', value: median(samples.bare) },
        aim: 30,
      }
      return [figure]
    } finally {
      server.kill()
    }
  },
}

/** CPU of this thread for each call, µs. */
async function microsEach(call: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage()
  let left = requests
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (left-- > 0) await call()
    }),
  )
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / requests
}
