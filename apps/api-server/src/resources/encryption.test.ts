import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { createLogger } from '@kubets/component'
import { type KeyValueStore, openEmbeddedStore, openEtcdStore } from '@kubets/storage'
import {
  configuration,
  type EtcdServer,
  type KmsPluginProcess,
  kms,
  provider,
  spawnTestKmsPlugin,
  startEtcdServer,
} from '@kubets/storage/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

let directory: string
let etcd: EtcdServer
let plugin: KmsPluginProcess
let runs = 0
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-encryption-'))
  etcd = await startEtcdServer({ args: ['--data-dir', join(directory, 'etcd')] })
  plugin = await spawnTestKmsPlugin(join(directory, 'kms.sock'))
})
afterAll(async () => {
  await plugin?.[Symbol.asyncDispose]()
  await etcd?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const path = '/api/v1/namespaces/default/secrets'
const secret = (name: string, data: Record<string, string>) => ({
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: { name },
  data,
})

interface Backend {
  store: KeyValueStore
  /** Where its files are. */
  files: string
  [Symbol.asyncDispose](): Promise<void>
}

const backends: [string, () => Promise<Backend>][] = [
  [
    'the embedded store',
    async () => {
      const files = join(directory, `store-${runs++}`)
      const store = await openEmbeddedStore({ directory: files })
      return { store, files, [Symbol.asyncDispose]: () => store.close() }
    },
  ],
  [
    'etcd',
    async () => {
      const store = await openEtcdStore({ endpoints: [etcd.endpoint] })
      for (const { key, modRevision } of (await store.range({ start: '/', end: '0' })).kvs)
        await store.delete({ key, expected: modRevision })
      return { store, files: join(directory, 'etcd'), [Symbol.asyncDispose]: () => store.close() }
    },
  ],
]

/** A server over a store with a configuration, and all that it logs. */
async function serve(store: KeyValueStore, text: string | undefined, reload = false) {
  const file = join(directory, `config-${runs++}.yaml`)
  if (text !== undefined) await writeFile(file, text)
  let logs = ''
  const destination = new Writable({
    write(chunk, _, done) {
      logs += String(chunk)
      done()
    },
  })
  const api = await testApiServer({
    store,
    logger: createLogger({ component: 'api-server', verbosity: 9, destination }),
    ...(text === undefined ? {} : { encryption: { file, reload, pollInterval: 20 } }),
  })
  return {
    api,
    file,
    logs: () => logs,
    request: (...args: Parameters<TestApiServer['h2']['request']>) => api.h2.request(...args),
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter(one => one.isFile()).map(one => join(one.parentPath, one.name))
}

const secrets = (...providers: string[]) => configuration({ resources: ['secrets'], providers })
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
        await using on = await serve(backend.store, secrets(text()))
        expect(await on.request('POST', path, { body: secret('a', { password: value }) })).toMatchObject({
          status: 201,
        })
        const patch = { headers: { 'content-type': 'application/merge-patch+json' }, body: { data: { other: value } } }
        expect((await on.request('PATCH', `${path}/a`, patch)).json.data).toEqual({ password: value, other: value })
        expect((await on.request('GET', `${path}/a`)).json.data.password).toBe(value)
        expect((await on.request('GET', path)).json.items).toHaveLength(1)
        // refused, with the value in the body
        expect((await on.request('POST', path, { body: secret('a', { password: value }) })).status).toBe(409)
        expect(
          (await on.request('PUT', `${path}/a`, { body: { ...secret('a', { password: value }), type: value } })).status,
        ).toBe(422)
        expect((await on.request('POST', path, { body: `{"kind": "Secret", "data": {"a": "${value}"` })).status).toBe(
          400,
        )
        const { kvs } = await backend.store.range({ start: '/registry/secrets/', end: '/registry/secrets0' })
        expect(kvs.map(kv => [kv.key, Buffer.from(kv.value.subarray(0, prefix.length)).toString()])).toEqual([
          ['/registry/secrets/default/a', prefix],
        ])
        expect(Buffer.from(kvs[0]?.value ?? []).includes('nobody-sees')).toBe(false)
        for (const text of ['nobody-sees-this', value.slice(0, 40)]) expect(on.logs()).not.toContain(text)
      }
      // another server, after a restart, reads it
      {
        await using on = await serve(backend.store, secrets(text()))
        expect((await on.request('GET', `${path}/a`)).json.data.password).toBe(value)
      }
      const { files } = backend
      if (files.includes('store-')) await backend.store.close()
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
    await using on = await serve(backend.store, undefined)
    const value = Buffer.from('everybody-sees-this').toString('base64')
    await on.request('POST', path, { body: secret('clear', { password: value }) })
    const stored = (await backend.store.get('/registry/secrets/default/clear')).kv?.value ?? new Uint8Array(0)
    expect(Buffer.from(stored).includes(value)).toBe(true)
    let found = false
    for (const file of await filesBelow(backend.files)) found ||= (await readFile(file)).includes(value)
    expect(found).toBe(true)
  })
})

describe('key rotation', () => {
  const open = (backends[0] as (typeof backends)[number])[1]
  const stored = async (store: KeyValueStore, name = 'a') =>
    Buffer.from((await store.get(`/registry/secrets/default/${name}`)).kv?.value ?? []).toString('latin1')

  test('an update that changes nothing writes a secret anew under the newest key, once', async () => {
    await using backend = await open()
    {
      await using on = await serve(backend.store, undefined)
      await on.request('POST', path, { body: secret('a', { k: 'dg==' }) })
    }
    await using on = await serve(backend.store, secrets(provider('aesgcm', ['new', 2], ['old', 1]), '{identity: {}}'))
    const read = (await on.request('GET', `${path}/a`)).json
    expect(await stored(backend.store)).toMatch(/^\{/)
    const written = await on.request('PUT', `${path}/a`, { body: read })
    expect(written.status).toBe(200)
    expect(await stored(backend.store)).toMatch(/^k8s:enc:aesgcm:v1:new:/)
    expect(Number(written.json.metadata.resourceVersion)).toBeGreaterThan(Number(read.metadata.resourceVersion))
    // it is under the newest key now: the same again changes nothing
    const again = await on.request('PUT', `${path}/a`, { body: written.json })
    expect(again.json.metadata.resourceVersion).toBe(written.json.metadata.resourceVersion)
  })

  test('a patch that changes nothing does it too, a dry run does not', async () => {
    await using backend = await open()
    {
      await using on = await serve(backend.store, secrets(provider('aescbc', ['old', 1])))
      await on.request('POST', path, { body: secret('a', { k: 'dg==' }) })
    }
    await using on = await serve(
      backend.store,
      secrets(provider('secretbox', ['new', 2]), provider('aescbc', ['old', 1])),
    )
    const patch = { headers: { 'content-type': 'application/merge-patch+json' }, body: { data: { k: 'dg==' } } }
    expect((await on.request('PATCH', `${path}/a?dryRun=All`, patch)).status).toBe(200)
    expect(await stored(backend.store)).toMatch(/^k8s:enc:aescbc:v1:old:/)
    expect((await on.request('PATCH', `${path}/a`, patch)).status).toBe(200)
    expect(await stored(backend.store)).toMatch(/^k8s:enc:secretbox:v1:new:/)
  })
})
