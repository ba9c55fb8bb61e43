import { provider } from '@kubets/storage/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EncryptedServer, EncryptionFolder, secret, secrets, secretsPath } from '../testing/encrypted-server.ts'

let folder: EncryptionFolder
beforeAll(async () => {
  folder = await EncryptionFolder.make()
})
afterAll(() => folder?.[Symbol.asyncDispose]())

describe('a configuration that is read again', () => {
  const metric = async (on: EncryptedServer, name: string, status: string) => {
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
    await using backend = await folder.openStore()
    const first = secrets(provider('aesgcm', ['key1', 1]))
    await using on = await folder.serve(backend.store, first, true)
    const stored = async (name: string) =>
      Buffer.from((await backend.store.get(`/registry/secrets/default/${name}`)).kv?.value ?? []).toString('latin1')
    await on.request('POST', secretsPath, { body: secret('a', { k: 'dg==' }) })
    expect(await stored('a')).toMatch(/^k8s:enc:aesgcm:v1:key1:/)

    await on.configure('kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nresources: []\n')
    await expect.poll(() => metric(on, reloads, 'failure')).toBeGreaterThan(0)
    await expect.poll(on.logs).toContain('resources: Required value: at least one resources is required')
    expect((await on.request('GET', `${secretsPath}/a`)).status).toBe(200)
    await on.request('POST', secretsPath, { body: secret('b', { k: 'dg==' }) })
    expect(await stored('b')).toMatch(/^k8s:enc:aesgcm:v1:key1:/)

    const second = secrets(provider('aesgcm', ['key2', 2], ['key1', 1]))
    await on.configure(second)
    await expect.poll(() => metric(on, reloads, 'success')).toBe(1)
    await on.request('POST', secretsPath, { body: secret('c', { k: 'dg==' }) })
    expect(await stored('c')).toMatch(/^k8s:enc:aesgcm:v1:key2:/)
    expect((await on.request('GET', secretsPath)).json.items).toHaveLength(3)
    const info = (await on.request('GET', '/metrics')).text
      .split('\n')
      .filter(line => line.includes('last_config_info{'))
    expect(info).toHaveLength(1)
    expect(info[0]).toMatch(/apiserver_id_hash="sha256:[0-9a-f]{64}",hash="sha256:[0-9a-f]{64}"\} 1$/)
    expect((await on.request('GET', '/healthz/kms-providers')).text).toBe('ok')
    expect((await on.request('GET', '/livez/kms-providers')).status).toBe(404)
  })

  test('with the key that was missing opens what could not be opened', async () => {
    await using backend = await folder.openStore()
    {
      await using on = await folder.serve(backend.store, secrets(provider('aesgcm', ['key1', 1])))
      await on.request('POST', secretsPath, { body: secret('a', { k: 'dg==' }) })
    }
    await using on = await folder.serve(backend.store, secrets(provider('aesgcm', ['key2', 2])), true)
    expect((await on.request('GET', secretsPath)).status).toBe(429)
    await on.configure(secrets(provider('aesgcm', ['key2', 2], ['key1', 1])))
    await expect.poll(async () => (await on.request('GET', secretsPath)).status).toBe(200)
    expect((await on.request('GET', `${secretsPath}/a`)).json.data).toEqual({ k: 'dg==' })
  })
})
