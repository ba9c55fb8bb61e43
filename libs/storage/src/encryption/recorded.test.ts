import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger, systemClock } from '@kubets/component'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Built, buildTransformers } from './configuration/build.ts'
import { decodeConfiguration } from './configuration/decode.ts'
import { KmsMetrics } from './kms/metrics.ts'
import { TransformationMetrics } from './metrics.ts'
import { configuration, kms } from './testing/fixture.ts'
import { startTestKmsPlugin, type TestKmsPlugin } from './testing/kms-plugin.ts'

const recorded = JSON.parse(readFileSync(new URL('testdata/recorded.json', import.meta.url), 'utf8')) as {
  version: string
  values: { provider: string; media: string; key: string; value: string }[]
}

/**
 * What kube-apiserver itself wrote into etcd, with throw-away keys: `npm run interop -- --encryption --record` makes it again. It keeps our
 * formats upstream's.
 */
describe(`values that kube-apiserver ${recorded.version} stored`, () => {
  const stop = new AbortController()
  let directory: string
  let plugin: TestKmsPlugin
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubets-recorded-'))
    plugin = await startTestKmsPlugin(join(directory, 'kms.sock'))
  })
  afterAll(async () => {
    stop.abort()
    await plugin[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })
  const build = async (provider: string): Promise<Built> =>
    buildTransformers(
      await decodeConfiguration(
        configuration({
          resources: ['*.*'],
          providers: [provider === 'kms' ? kms('vault', `unix://${join(directory, 'kms.sock')}`) : provider],
        }),
      ),
      {
        clock: systemClock,
        logger: silentLogger(),
        transformations: new TransformationMetrics(),
        kms: new KmsMetrics('test'),
        signal: stop.signal,
      },
    )

  test.each(recorded.values)('$key, $media, are opened', async ({ provider, media, key, value }) => {
    const transformer = (await build(provider)).transformers.get('*.*')
    const stored = Buffer.from(value, 'base64')
    expect(stored.subarray(0, 8).toString()).toBe('k8s:enc:')
    const opened = await transformer?.open(stored, { key, resource: 'any' })
    expect(opened?.stale).toBe(false)
    const plain = Buffer.from(opened?.value ?? [])
    if (media === 'json') {
      const { metadata } = JSON.parse(plain.toString())
      expect(metadata.annotations).toEqual({ marker: 'written by kube-apiserver' })
      expect(key.endsWith(`/${metadata.namespace}/${metadata.name}`)).toBe(true)
    } else {
      expect(plain.subarray(0, 4).toString()).toBe('k8s\0')
      expect(plain.includes('written by kube-apiserver')).toBe(true)
    }
  })

  test('all providers and both media types are among them', () => {
    const prefixes = recorded.values.map(({ value }) => Buffer.from(value, 'base64').toString('latin1').split(':')[2])
    expect(prefixes).toEqual(['aescbc', 'aesgcm', 'secretbox', 'kms', 'aescbc', 'aesgcm', 'secretbox', 'kms'])
  })

  test('those that are bound to their key are opened under no other', async () => {
    for (const { provider, key, value } of recorded.values) {
      if (!provider.includes('aesgcm') && provider !== 'kms') continue
      const transformer = (await build(provider)).transformers.get('*.*')
      const stored = Buffer.from(value, 'base64')
      const moved = { key: `${key}-moved`, resource: 'any' }
      await expect((async () => transformer?.open(stored, moved))()).rejects.toThrow(
        'cipher: message authentication failed',
      )
    }
  })
})
