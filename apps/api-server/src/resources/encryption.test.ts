import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openEtcdStore } from '@kubets/storage'
import {
  type EtcdServer,
  type KmsPluginProcess,
  kms,
  provider,
  spawnTestKmsPlugin,
  startEtcdServer,
} from '@kubets/storage/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EncryptedStore, EncryptionFolder, secret, secrets, secretsPath } from '../testing/encrypted-server.ts'

let folder: EncryptionFolder
let etcd: EtcdServer
let plugin: KmsPluginProcess
let runs = 0
beforeAll(async () => {
  folder = await EncryptionFolder.make()
  etcd = await startEtcdServer({ args: ['--data-dir', join(folder.path, 'etcd')] })
  plugin = await spawnTestKmsPlugin(join(folder.path, 'kms.sock'))
})
afterAll(async () => {
  await plugin?.[Symbol.asyncDispose]()
  await etcd?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
})

const backends: [string, () => Promise<EncryptedStore>][] = [
  ['the embedded store', () => folder.openStore()],
  [
    'etcd',
    async () => {
      const store = await openEtcdStore({ endpoints: [etcd.endpoint] })
      for (const { key, modRevision } of (await store.range({ start: '/', end: '0' })).kvs)
        await store.delete({ key, expected: modRevision })
      return { store, files: join(folder.path, 'etcd'), [Symbol.asyncDispose]: () => store.close() }
    },
  ],
]

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter(one => one.isFile()).map(one => join(one.parentPath, one.name))
}

const providers: [string, () => string, prefix: string][] = [
  ['aescbc', () => provider('aescbc', ['key1', 1]), 'k8s:enc:aescbc:v1:key1:'],
  ['aesgcm', () => provider('aesgcm', ['key1', 1]), 'k8s:enc:aesgcm:v1:key1:'],
  ['secretbox', () => provider('secretbox', ['key1', 1]), 'k8s:enc:secretbox:v1:key1:'],
  ['KMS v2', () => kms('vault', plugin.endpoint), 'k8s:enc:kms:v2:vault:'],
]

describe.each(backends)('over %s', (_, open) => {
  test.each(providers)(
    'a secret under %s is in clear neither in the store, nor its files, nor the logs',
    async (_name, text, prefix) => {
      const marker = `nobody-sees-this-${runs++}-`.repeat(60)
      const value = Buffer.from(marker).toString('base64')
      await using backend = await open()
      {
        await using on = await folder.serve(backend.store, secrets(text()))
        expect(await on.request('POST', secretsPath, { body: secret('a', { password: value }) })).toMatchObject({
          status: 201,
        })
        const patch = { headers: { 'content-type': 'application/merge-patch+json' }, body: { data: { other: value } } }
        expect((await on.request('PATCH', `${secretsPath}/a`, patch)).json.data).toEqual({
          password: value,
          other: value,
        })
        expect((await on.request('GET', `${secretsPath}/a`)).json.data.password).toBe(value)
        expect((await on.request('GET', secretsPath)).json.items).toHaveLength(1)
        // refused, with the value in the body
        expect((await on.request('POST', secretsPath, { body: secret('a', { password: value }) })).status).toBe(409)
        expect(
          (await on.request('PUT', `${secretsPath}/a`, { body: { ...secret('a', { password: value }), type: value } }))
            .status,
        ).toBe(422)
        expect(
          (await on.request('POST', secretsPath, { body: `{"kind": "Secret", "data": {"a": "${value}"` })).status,
        ).toBe(400)
        const { kvs } = await backend.store.range({ start: '/registry/secrets/', end: '/registry/secrets0' })
        expect(kvs.map(kv => [kv.key, Buffer.from(kv.value.subarray(0, prefix.length)).toString()])).toEqual([
          ['/registry/secrets/default/a', prefix],
        ])
        expect(Buffer.from(kvs[0]?.value ?? []).includes('nobody-sees')).toBe(false)
        for (const text of ['nobody-sees-this', value.slice(0, 40)]) expect(on.logs()).not.toContain(text)
      }
      // another server, after a restart, reads it
      {
        await using on = await folder.serve(backend.store, secrets(text()))
        expect((await on.request('GET', `${secretsPath}/a`)).json.data.password).toBe(value)
      }
      const { files } = backend
      if (files.endsWith('-store')) await backend.store.close()
      const all = await filesBelow(files)
      expect(all.length).toBeGreaterThan(0)
      for (const file of all) {
        const bytes = await readFile(file)
        // base64 has three beginnings for one text
        for (const shift of [0, 1, 2])
          expect(bytes.includes(Buffer.from(marker.slice(shift, shift + 24)).toString('base64')), file).toBe(false)
        expect(bytes.includes('nobody-sees'), file).toBe(false)
      }
    },
  )

  test('without a configuration the marker is found: the search works', async () => {
    await using backend = await open()
    await using on = await folder.serve(backend.store, undefined)
    const value = Buffer.from('everybody-sees-this').toString('base64')
    await on.request('POST', secretsPath, { body: secret('clear', { password: value }) })
    const stored = (await backend.store.get('/registry/secrets/default/clear')).kv?.value ?? new Uint8Array(0)
    expect(Buffer.from(stored).includes(value)).toBe(true)
    let found = false
    for (const file of await filesBelow(backend.files)) found ||= (await readFile(file)).includes(value)
    expect(found).toBe(true)
  })
})
