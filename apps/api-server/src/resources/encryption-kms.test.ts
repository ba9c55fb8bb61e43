import { kms, spawnTestKmsPlugin } from '@kubets/storage/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EncryptionFolder, secret, secrets, secretsPath } from '../testing/encrypted-server.ts'

let folder: EncryptionFolder
beforeAll(async () => {
  folder = await EncryptionFolder.make()
})
afterAll(() => folder?.[Symbol.asyncDispose]())

describe('a KMS plugin', () => {
  test('that comes later than the server makes its secrets readable by and by', async () => {
    await using backend = await folder.openStore()
    const socket = folder.fresh('late.sock')
    const text = secrets(kms('late', `unix://${socket}`, '1s'))
    {
      await using early = await spawnTestKmsPlugin(socket)
      void early
      await using on = await folder.serve(backend.store, text)
      for (const name of ['a', 'b', 'c'])
        expect((await on.request('POST', secretsPath, { body: secret(name, { k: 'dg==' }) })).status).toBe(201)
      expect((await on.request('GET', '/readyz?verbose')).text).toContain('[+]kms-providers ok')
    }
    await using on = await folder.serve(backend.store, text)
    const health = await on.request('GET', '/healthz?verbose')
    expect(health.status).toBe(500)
    expect(health.text).toContain('[-]kms-providers failed: reason withheld')
    expect((await on.request('GET', '/livez')).status).toBe(200)
    expect((await on.request('GET', secretsPath)).status).toBe(429)
    const refused = await on.request('POST', secretsPath, { body: secret('d', { k: 'dg==' }) })
    expect(refused).toMatchObject({
      status: 500,
      json: { message: 'Internal error occurred: got unexpected nil transformer' },
    })
    expect((await on.request('GET', '/api/v1/namespaces/default/configmaps')).status).toBe(200)
    await using late = await spawnTestKmsPlugin(socket)
    void late
    await expect.poll(async () => (await on.request('GET', '/healthz')).status).toBe(200)
    await expect.poll(async () => (await on.request('GET', secretsPath)).status).toBe(200)
    expect((await on.request('GET', secretsPath)).json.items).toHaveLength(3)
    expect((await on.request('GET', '/metrics')).text).toMatch(
      /apiserver_envelope_encryption_kms_operations_latency_seconds_count\{provider_name="late",method_name="\/v2.KeyManagementService\/Status",grpc_status_code="OK"\}/,
    )
  })
})
