import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configuration, kms, provider, spawnTestKmsPlugin } from '@kubets/storage/testing'
import { requestBytes } from '../api/connection.ts'
import { type Load, runLoad } from '../api/load.ts'
import { startOwnServer } from '../api/servers.ts'
import type { Target } from '../api/target.ts'
import { type Benchmark, type Figure, median } from '../benchmark.ts'

const path = '/api/v1/namespaces/default/secrets'
const connections = 32
const writes = 3_000
const reads = 10_000
const rounds = 3

/** Two kilobytes, as a certificate and its key: what no compression makes much smaller. */
const secret = (name: string) => ({
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: { name },
  type: 'kubernetes.io/tls',
  data: {
    'tls.crt': randomBytes(1_200).toString('base64'),
    'tls.key': randomBytes(240).toString('base64'),
  },
})

export const benchmark: Benchmark = {
  about: 'Secrets of 2 KB created and read under each encryption provider, beside none.',
  async run(log) {
    await using undo = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'kubets-bench-encryption-'))
    undo.defer(() => rm(folder, { recursive: true, force: true }))
    const plugin = undo.use(await spawnTestKmsPlugin(join(folder, 'kms.sock')))
    const providers: [string, string | undefined][] = [
      ['identity', undefined],
      ['aesgcm', provider('aesgcm', ['key1', 1])],
      ['aescbc', provider('aescbc', ['key1', 1])],
      ['secretbox', provider('secretbox', ['key1', 1])],
      ['kms v2', kms('vault', plugin.endpoint)],
    ]
    const figures: Figure[] = []
    const bare = new Map<string, number>()
    for (const [name, text] of providers) {
      log(`secrets under ${name}`)
      const file = join(folder, `${name}.yaml`)
      if (text !== undefined) await writeFile(file, configuration({ resources: ['secrets'], providers: [text] }))
      await using server = await startOwnServer({
        flags: text === undefined ? [] : [`--encryption-provider-config=${file}`],
      })
      const all: Record<string, Load[]> = { create: [], get: [] }
      for (let round = 0; round < rounds; round++) {
        all.create?.push(await creates(server.target, `r${round}`))
        all.get?.push(await gets(server.target, `r${round}`))
      }
      for (const [key, loads] of Object.entries(all)) {
        const value = median(loads.map(load => load.perSecond))
        if (text === undefined) bare.set(key, value)
        figures.push({
          key: `${key}-${name.replaceAll(/\W/g, '-')}`,
          what: `${key} of a secret, ${name}`,
          value,
          unit: 'ops/s',
          baseline: { what: 'identity', value: bare.get(key) ?? value },
          mainMicros: median(loads.map(load => load.mainMicros ?? Number.NaN)),
        })
      }
    }
    return figures
  },
}

const creates = (target: Target, round: string): Promise<Load> =>
  runLoad({
    target,
    connections,
    operations: writes,
    expect: 201,
    request: i =>
      requestBytes({ method: 'POST', path, token: target.token }, Buffer.from(JSON.stringify(secret(`${round}-${i}`)))),
  })

const gets = (target: Target, round: string): Promise<Load> =>
  runLoad({
    target,
    connections,
    operations: reads,
    expect: 200,
    request: i => requestBytes({ method: 'GET', path: `${path}/${round}-${i % writes}`, token: target.token }),
  })
