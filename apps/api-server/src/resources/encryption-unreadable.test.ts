import { provider } from '@kubets/storage/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EncryptionFolder, secret, secrets, secretsPath } from '../testing/encrypted-server.ts'

let folder: EncryptionFolder
beforeAll(async () => {
  folder = await EncryptionFolder.make()
})
afterAll(() => folder?.[Symbol.asyncDispose]())

describe('a secret that no key opens', () => {
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
    await using backend = await folder.openStore()
    {
      await using on = await folder.serve(backend.store, secrets(provider('aescbc', ['key1', 1])))
      await on.request('POST', secretsPath, { body: secret('a', { k: 'dg==' }) })
    }
    await using on = await folder.serve(backend.store, secrets(provider('aescbc', ['key2', 2]), '{identity: {}}'))
    expect((await on.request('POST', secretsPath, { body: secret('good', { k: 'dg==' }) })).status).toBe(201)
    for (const query of ['', '?resourceVersion=0']) {
      expect((await on.request('GET', `${secretsPath}/good${query}`)).json.data).toEqual({ k: 'dg==' })
      expect(await on.request('GET', `${secretsPath}/a${query}`)).toMatchObject(internal(why))
    }
    for (const list of [
      secretsPath,
      `${secretsPath}?resourceVersion=0`,
      '/api/v1/secrets',
      '/api/v1/namespaces/kube-system/secrets',
      `${secretsPath}?watch=true`,
      `${secretsPath}?fieldSelector=metadata.name%3Dgood`,
    ])
      expect(await on.request('GET', list), list).toMatchObject(notReady)
    const broken = `unable to transform key "/registry/secrets/default/a": ${why}`
    expect(await on.request('GET', `${secretsPath}?limit=500`)).toMatchObject(internal(broken))
    expect((await on.request('GET', '/api/v1/namespaces/kube-system/secrets?limit=500')).status).toBe(200)
    const body = secret('a', { k: 'dg==' })
    const merge = { 'content-type': 'application/merge-patch+json' }
    const apply = { 'content-type': 'application/apply-patch+yaml' }
    expect(await on.request('PUT', `${secretsPath}/a`, { body })).toMatchObject(internal(why))
    expect(await on.request('PATCH', `${secretsPath}/a`, { body: { data: {} }, headers: merge })).toMatchObject(
      internal(why),
    )
    expect(await on.request('PATCH', `${secretsPath}/a?fieldManager=me`, { body, headers: apply })).toMatchObject(
      internal(why),
    )
    expect(await on.request('DELETE', `${secretsPath}/a`)).toMatchObject(internal(why))
    expect(await on.request('DELETE', secretsPath)).toMatchObject(internal(broken))
    expect((await on.request('DELETE', '/api/v1/namespaces/kube-system/secrets')).status).toBe(200)
    expect(await on.request('POST', secretsPath, { body })).toMatchObject({
      status: 409,
      json: { message: 'secrets "a" already exists', reason: 'AlreadyExists' },
    })
    expect((await on.request('GET', '/api/v1/namespaces/default/configmaps')).status).toBe(200)
    expect((await on.request('GET', '/readyz')).status).toBe(200)
  })

  test('is told too when there is no configuration at all', async () => {
    await using backend = await folder.openStore()
    {
      await using on = await folder.serve(backend.store, secrets(provider('aescbc', ['key1', 1])))
      await on.request('POST', secretsPath, { body: secret('a', { k: 'dg==' }) })
    }
    await using on = await folder.serve(backend.store, undefined)
    expect(await on.request('GET', `${secretsPath}/a`)).toMatchObject(
      internal('identity transformer tried to read encrypted data'),
    )
  })

  test('ends the watches that would have to show it, and not those of others', async () => {
    await using backend = await folder.openStore()
    await using on = await folder.serve(backend.store, secrets(provider('aescbc', ['key2', 2])))
    const watched = await on.api.h2.stream('GET', `${secretsPath}?watch=true`)
    const other = await on.api.h2.stream('GET', '/api/v1/namespaces/default/configmaps?watch=true')
    let otherEnded = false
    other.body.once('end', () => {
      otherEnded = true
    })
    const ended = new Promise(resolve => watched.body.once('end', resolve))
    watched.body.resume()
    other.body.resume()
    {
      await using foreign = await folder.serve(backend.store, secrets(provider('aescbc', ['key1', 1])))
      await foreign.request('POST', secretsPath, { body: secret('a', { k: 'dg==' }) })
    }
    await ended
    expect(await on.request('GET', secretsPath)).toMatchObject(notReady)
    expect(otherEnded).toBe(false)
    other.close()
    // whoever can takes it away: all is well again
    {
      await using foreign = await folder.serve(backend.store, secrets(provider('aescbc', ['key1', 1])))
      expect((await foreign.request('DELETE', `${secretsPath}/a`)).status).toBe(200)
    }
    await expect.poll(async () => (await on.request('GET', secretsPath)).status).toBe(200)
  })
})
