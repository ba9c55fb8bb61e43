import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openEtcdStore } from '@kubets/storage'
import { configuration, kms, provider, spawnTestKmsPlugin } from '@kubets/storage/testing'
import { kubernetesVersion, startEtcd, startKubeApiserver } from '../peers/index.ts'
import { ask } from './ask.ts'

const target = join(import.meta.dirname, '../../libs/storage/src/encryption/testdata/recorded.json')

/** A kind for each provider, so that one server writes with all of them. */
const kinds = [
  { resource: 'secrets', provider: provider('aescbc', ['key1', 1]), body: { kind: 'Secret' } },
  { resource: 'configmaps', provider: provider('aesgcm', ['key1', 1]), body: { kind: 'ConfigMap' } },
  {
    resource: 'limitranges',
    provider: provider('secretbox', ['key1', 1]),
    body: { kind: 'LimitRange', spec: { limits: [] } },
  },
  { resource: 'serviceaccounts', provider: undefined, body: { kind: 'ServiceAccount' } },
] as const

/** Lets kube-apiserver write one object with each provider, as JSON and as protobuf, and keeps the bytes that etcd has then. */
export async function record(folder: string, log: (line: string) => void): Promise<void> {
  const socket = join(folder, 'kms.sock')
  await using plugin = await spawnTestKmsPlugin(socket)
  const values: { provider: string; media: string; key: string; value: string }[] = []
  for (const media of ['json', 'vnd.kubernetes.protobuf']) {
    const own = join(folder, media)
    await mkdir(own, { recursive: true })
    await using etcd = await startEtcd(own, log)
    const file = join(folder, `${media}.yaml`)
    const rules = kinds.map(one => ({
      resources: [one.resource],
      providers: [one.provider ?? kms('vault', plugin.endpoint)],
    }))
    await writeFile(file, configuration(...rules))
    const args = [`--encryption-provider-config=${file}`, `--storage-media-type=application/${media}`]
    await using upstream = await startKubeApiserver({ folder: own, etcd: etcd.endpoint, args }, log)
    await using store = await openEtcdStore({ endpoints: [etcd.endpoint] })
    for (const { resource, body, ...one } of kinds) {
      const name = `recorded-${media === 'json' ? 'json' : 'protobuf'}`
      const object = {
        apiVersion: 'v1',
        ...body,
        metadata: { name, annotations: { marker: 'written by kube-apiserver' } },
      }
      const made = await ask(upstream, 'POST', `/api/v1/namespaces/default/${resource}`, object)
      if (made.status !== 201) throw new Error(`kube-apiserver refused ${resource}: ${made.text}`)
      const key = `/registry/${resource}/default/${name}`
      const { kv } = await store.get(key)
      if (kv === undefined) throw new Error(`${key} is not in etcd`)
      values.push({
        provider: one.provider ?? 'kms',
        media: media === 'json' ? 'json' : 'protobuf',
        key,
        value: Buffer.from(kv.value).toString('base64'),
      })
    }
  }
  await writeFile(target, `${JSON.stringify({ version: kubernetesVersion, values }, null, 2)}\n`)
  log(`${values.length} values are in ${target}`)
}
