import type { KeyValueStore } from '@kubets/storage'
import { provider } from '@kubets/storage/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EncryptionFolder, secret, secrets, secretsPath } from '../testing/encrypted-server.ts'

let folder: EncryptionFolder
beforeAll(async () => {
  folder = await EncryptionFolder.make()
})
afterAll(() => folder?.[Symbol.asyncDispose]())

describe('key rotation', () => {
  const stored = async (store: KeyValueStore, name = 'a') =>
    Buffer.from((await store.get(`/registry/secrets/default/${name}`)).kv?.value ?? []).toString('latin1')

  test('an update that changes nothing writes a secret anew under the newest key, once', async () => {
    await using backend = await folder.openStore()
    {
      await using on = await folder.serve(backend.store, undefined)
      await on.request('POST', secretsPath, { body: secret('a', { k: 'dg==' }) })
    }
    await using on = await folder.serve(
      backend.store,
      secrets(provider('aesgcm', ['new', 2], ['old', 1]), '{identity: {}}'),
    )
    const read = (await on.request('GET', `${secretsPath}/a`)).json
    expect(await stored(backend.store)).toMatch(/^\{/)
    const written = await on.request('PUT', `${secretsPath}/a`, { body: read })
    expect(written.status).toBe(200)
    expect(await stored(backend.store)).toMatch(/^k8s:enc:aesgcm:v1:new:/)
    expect(Number(written.json.metadata.resourceVersion)).toBeGreaterThan(Number(read.metadata.resourceVersion))
    // it is under the newest key now: the same again changes nothing
    const again = await on.request('PUT', `${secretsPath}/a`, { body: written.json })
    expect(again.json.metadata.resourceVersion).toBe(written.json.metadata.resourceVersion)
  })

  test('a patch that changes nothing does it too, a dry run does not', async () => {
    await using backend = await folder.openStore()
    {
      await using on = await folder.serve(backend.store, secrets(provider('aescbc', ['old', 1])))
      await on.request('POST', secretsPath, { body: secret('a', { k: 'dg==' }) })
    }
    await using on = await folder.serve(
      backend.store,
      secrets(provider('secretbox', ['new', 2]), provider('aescbc', ['old', 1])),
    )
    const patch = { headers: { 'content-type': 'application/merge-patch+json' }, body: { data: { k: 'dg==' } } }
    expect((await on.request('PATCH', `${secretsPath}/a?dryRun=All`, patch)).status).toBe(200)
    expect(await stored(backend.store)).toMatch(/^k8s:enc:aescbc:v1:old:/)
    expect((await on.request('PATCH', `${secretsPath}/a`, patch)).status).toBe(200)
    expect(await stored(backend.store)).toMatch(/^k8s:enc:secretbox:v1:new:/)
  })
})
