import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
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
    /** At once, as a mounted file changes: whoever reads it sees the old text or the new one. */
    async configure(next: string) {
      await writeFile(`${file}.next`, next)
      await rename(`${file}.next`, file)
    },
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

describe('a secret that no key opens', () => {
  const open = (backends[0] as (typeof backends)[number])[1]
  const why = 'no matching key was found for the provided AES transformer'
  const internal = (message: string) => ({
    status: 500,
    json: {
      kind: 'Status',
      message: `Internal error occurred: ${message}`,
      reason: 'InternalError',
      details: { causes: [{ message }] },
      code: 500,
    },
  })
  const notReady = {
    status: 429,
    headers: { 'retry-after': '30' },
    json: {
      kind: 'Status',
      message: `storage is (re)initializing: failed to list *core.Secret: unable to transform key "/registry/secrets/default/a": ${why}`,
      reason: 'TooManyRequests',
      details: { retryAfterSeconds: 30 },
      code: 429,
    },
  }

  /** What kube-apiserver v1.36.1 answers, tried by hand. */
  test('is told as upstream tells it, and all others are served', async () => {
    await using backend = await open()
    {
      await using on = await serve(backend.store, secrets(provider('aescbc', ['key1', 1])))
      await on.request('POST', path, { body: secret('a', { k: 'dg==' }) })
    }
    await using on = await serve(backend.store, secrets(provider('aescbc', ['key2', 2]), '{identity: {}}'))
    expect((await on.request('POST', path, { body: secret('good', { k: 'dg==' }) })).status).toBe(201)
    for (const query of ['', '?resourceVersion=0']) {
      expect((await on.request('GET', `${path}/good${query}`)).json.data).toEqual({ k: 'dg==' })
      expect(await on.request('GET', `${path}/a${query}`)).toMatchObject(internal(why))
    }
    for (const list of [
      path,
      `${path}?resourceVersion=0`,
      '/api/v1/secrets',
      '/api/v1/namespaces/kube-system/secrets',
      `${path}?watch=true`,
      `${path}?fieldSelector=metadata.name%3Dgood`,
    ])
      expect(await on.request('GET', list), list).toMatchObject(notReady)
    const broken = `unable to transform key "/registry/secrets/default/a": ${why}`
    expect(await on.request('GET', `${path}?limit=500`)).toMatchObject(internal(broken))
    expect((await on.request('GET', '/api/v1/namespaces/kube-system/secrets?limit=500')).status).toBe(200)
    const body = secret('a', { k: 'dg==' })
    const merge = { 'content-type': 'application/merge-patch+json' }
    const apply = { 'content-type': 'application/apply-patch+yaml' }
    expect(await on.request('PUT', `${path}/a`, { body })).toMatchObject(internal(why))
    expect(await on.request('PATCH', `${path}/a`, { body: { data: {} }, headers: merge })).toMatchObject(internal(why))
    expect(await on.request('PATCH', `${path}/a?fieldManager=me`, { body, headers: apply })).toMatchObject(
      internal(why),
    )
    expect(await on.request('DELETE', `${path}/a`)).toMatchObject(internal(why))
    expect(await on.request('DELETE', path)).toMatchObject(internal(broken))
    expect((await on.request('DELETE', '/api/v1/namespaces/kube-system/secrets')).status).toBe(200)
    expect(await on.request('POST', path, { body })).toMatchObject({
      status: 409,
      json: { message: 'secrets "a" already exists', reason: 'AlreadyExists' },
    })
    expect((await on.request('GET', '/api/v1/namespaces/default/configmaps')).status).toBe(200)
    expect((await on.request('GET', '/readyz')).status).toBe(200)
  })

  test('is told too when there is no configuration at all', async () => {
    await using backend = await open()
    {
      await using on = await serve(backend.store, secrets(provider('aescbc', ['key1', 1])))
      await on.request('POST', path, { body: secret('a', { k: 'dg==' }) })
    }
    await using on = await serve(backend.store, undefined)
    expect(await on.request('GET', `${path}/a`)).toMatchObject(
      internal('identity transformer tried to read encrypted data'),
    )
  })

  test('ends the watches that would have to show it, and not those of others', async () => {
    await using backend = await open()
    await using on = await serve(backend.store, secrets(provider('aescbc', ['key2', 2])))
    const watched = await on.api.h2.stream('GET', `${path}?watch=true`)
    const other = await on.api.h2.stream('GET', '/api/v1/namespaces/default/configmaps?watch=true')
    let otherEnded = false
    other.body.once('end', () => {
      otherEnded = true
    })
    const ended = new Promise(resolve => watched.body.once('end', resolve))
    watched.body.resume()
    other.body.resume()
    {
      await using foreign = await serve(backend.store, secrets(provider('aescbc', ['key1', 1])))
      await foreign.request('POST', path, { body: secret('a', { k: 'dg==' }) })
    }
    await ended
    expect(await on.request('GET', path)).toMatchObject(notReady)
    expect(otherEnded).toBe(false)
    other.close()
    // whoever can takes it away: all is well again
    {
      await using foreign = await serve(backend.store, secrets(provider('aescbc', ['key1', 1])))
      expect((await foreign.request('DELETE', `${path}/a`)).status).toBe(200)
    }
    await expect.poll(async () => (await on.request('GET', path)).status).toBe(200)
  })
})

describe('a configuration that is read again', () => {
  const open = (backends[0] as (typeof backends)[number])[1]
  const metric = async (on: Awaited<ReturnType<typeof serve>>, name: string, status: string) => {
    const page = (await on.request('GET', '/metrics')).text
    return Number(
      page
        .split('\n')
        .find(line => line.startsWith(`${name}{status="${status}",`))
        ?.split(' ')
        .at(-1) ?? 0,
    )
  }
  const reloads = 'apiserver_encryption_config_controller_automatic_reloads_total'

  test('holds without a restart; a wrong one is told, counted, and changes nothing', async () => {
    await using backend = await open()
    const first = secrets(provider('aesgcm', ['key1', 1]))
    await using on = await serve(backend.store, first, true)
    const stored = async (name: string) =>
      Buffer.from((await backend.store.get(`/registry/secrets/default/${name}`)).kv?.value ?? []).toString('latin1')
    await on.request('POST', path, { body: secret('a', { k: 'dg==' }) })
    expect(await stored('a')).toMatch(/^k8s:enc:aesgcm:v1:key1:/)

    await on.configure('kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources: []\n')
    await expect.poll(() => metric(on, reloads, 'failure')).toBeGreaterThan(0)
    await expect.poll(on.logs).toContain('resources: Required value: at least one resources is required')
    expect((await on.request('GET', `${path}/a`)).status).toBe(200)
    await on.request('POST', path, { body: secret('b', { k: 'dg==' }) })
    expect(await stored('b')).toMatch(/^k8s:enc:aesgcm:v1:key1:/)

    const second = secrets(provider('aesgcm', ['key2', 2], ['key1', 1]))
    await on.configure(second)
    await expect.poll(() => metric(on, reloads, 'success')).toBe(1)
    await on.request('POST', path, { body: secret('c', { k: 'dg==' }) })
    expect(await stored('c')).toMatch(/^k8s:enc:aesgcm:v1:key2:/)
    expect((await on.request('GET', path)).json.items).toHaveLength(3)
    const info = (await on.request('GET', '/metrics')).text
      .split('\n')
      .filter(line => line.includes('last_config_info{'))
    expect(info).toHaveLength(1)
    expect(info[0]).toMatch(/apiserver_id_hash="sha256:[0-9a-f]{64}",hash="sha256:[0-9a-f]{64}"\} 1$/)
    expect((await on.request('GET', '/healthz/kms-providers')).text).toBe('ok')
    expect((await on.request('GET', '/livez/kms-providers')).status).toBe(404)
  })

  test('with the key that was missing opens what could not be opened', async () => {
    await using backend = await open()
    {
      await using on = await serve(backend.store, secrets(provider('aesgcm', ['key1', 1])))
      await on.request('POST', path, { body: secret('a', { k: 'dg==' }) })
    }
    await using on = await serve(backend.store, secrets(provider('aesgcm', ['key2', 2])), true)
    expect((await on.request('GET', path)).status).toBe(429)
    await on.configure(secrets(provider('aesgcm', ['key2', 2], ['key1', 1])))
    await expect.poll(async () => (await on.request('GET', path)).status).toBe(200)
    expect((await on.request('GET', `${path}/a`)).json.data).toEqual({ k: 'dg==' })
  })
})

describe('a KMS plugin', () => {
  const open = (backends[0] as (typeof backends)[number])[1]

  test('that comes later than the server makes its secrets readable by and by', async () => {
    await using backend = await open()
    const socket = join(directory, `late-${runs++}.sock`)
    const text = secrets(kms('late', `unix://${socket}`, '1s'))
    {
      await using early = await spawnTestKmsPlugin(socket)
      void early
      await using on = await serve(backend.store, text)
      for (const name of ['a', 'b', 'c'])
        expect((await on.request('POST', path, { body: secret(name, { k: 'dg==' }) })).status).toBe(201)
      expect((await on.request('GET', '/readyz?verbose')).text).toContain('[+]kms-providers ok')
    }
    await using on = await serve(backend.store, text)
    const health = await on.request('GET', '/healthz?verbose')
    expect(health.status).toBe(500)
    expect(health.text).toContain('[-]kms-providers failed: reason withheld')
    expect((await on.request('GET', '/livez')).status).toBe(200)
    expect((await on.request('GET', path)).status).toBe(429)
    const refused = await on.request('POST', path, { body: secret('d', { k: 'dg==' }) })
    expect(refused).toMatchObject({
      status: 500,
      json: { message: 'Internal error occurred: got unexpected nil transformer' },
    })
    expect((await on.request('GET', '/api/v1/namespaces/default/configmaps')).status).toBe(200)
    await using late = await spawnTestKmsPlugin(socket)
    void late
    await expect.poll(async () => (await on.request('GET', '/healthz')).status).toBe(200)
    await expect.poll(async () => (await on.request('GET', path)).status).toBe(200)
    expect((await on.request('GET', path)).json.items).toHaveLength(3)
    expect((await on.request('GET', '/metrics')).text).toMatch(
      /apiserver_envelope_encryption_kms_operations_latency_seconds_count\{provider_name="late",method_name="\/v2.KeyManagementService\/Status",grpc_status_code="OK"\}/,
    )
  })
})
