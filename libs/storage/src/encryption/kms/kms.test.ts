import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, silentLogger } from '@kubets/component'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { place } from '../testing/fixture.ts'
import { startTestKmsPlugin, type TestKmsPlugin } from '../testing/kms-plugin.ts'
import { nothing, type Opened } from '../transformer.ts'
import { decodeEncryptedObject, encodeEncryptedObject, hkdfSeed, seedName } from './encrypted-object.ts'
import { KmsEnvelope } from './envelope.ts'
import { KmsMetrics } from './metrics.ts'
import { connectKmsPlugin, type KmsPlugin } from './plugin.ts'
import { KmsProbe } from './probe.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-kms-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Time stands still until a test moves it. */
class ManualClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z')
  #timers: { at: number; callback: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  move(ms: number): void {
    this.#now += ms
    const due = this.#timers.filter(({ at }) => at <= this.#now)
    this.#timers = this.#timers.filter(({ at }) => at > this.#now)
    for (const { callback } of due) callback()
  }
}

let clock: ManualClock
let remote: TestKmsPlugin
let plugin: KmsPlugin
let metrics: KmsMetrics
let probe: KmsProbe
let envelope: KmsEnvelope
let runs = 0
const server = (client = plugin) => {
  const probe = new KmsProbe({ provider: 'vault', plugin: client, clock, logger: silentLogger(), metrics })
  return { probe, envelope: new KmsEnvelope({ provider: 'vault', plugin: client, probe, clock, metrics }) }
}
beforeEach(async () => {
  clock = new ManualClock()
  metrics = new KmsMetrics('apiserver-test')
  const socket = join(directory, `${runs++}.sock`)
  remote = await startTestKmsPlugin(socket)
  plugin = await connectKmsPlugin({ name: 'vault', endpoint: `unix://${socket}`, timeout: 1_000 }, metrics)
  ;({ probe, envelope } = server())
  return async () => {
    plugin.close()
    await remote[Symbol.asyncDispose]()
  }
})

const here = place('/registry/secrets/default/a')
const plain = Buffer.from('a secret')
const text = async (opened: Opened | Promise<Opened>) => Buffer.from((await opened).value).toString()
const metricOf = (family: string, labels: Record<string, string>) =>
  metrics
    .families()
    .find(({ name }) => name === family)
    ?.values()
    .find(one => Object.entries(labels).every(([name, value]) => one.labels[name] === value))?.value

describe('the envelope', () => {
  test('what one server seals another opens, asking once for all values of one seed', async () => {
    await probe.check()
    const sealed = ['a', 'b', 'c'].map(name =>
      envelope.seal(plain, place(`/registry/secrets/default/${name}`), nothing),
    )
    expect(remote.calls).toEqual({ status: 1, encrypt: 1, decrypt: 0 })
    expect(await text(envelope.open(sealed[0] as Uint8Array, here))).toBe('a secret')
    expect(remote.calls.decrypt).toBe(0)

    const other = server()
    await other.probe.check()
    const opened = await Promise.all(
      sealed.map((value, i) => text(other.envelope.open(value, place(`/registry/secrets/default/${'abc'[i]}`)))),
    )
    expect(opened).toEqual(['a secret', 'a secret', 'a secret'])
    expect(remote.calls.decrypt).toBe(1)
    // known from now on: no promise
    expect(other.envelope.open(sealed[0] as Uint8Array, here)).toEqual({ value: plain, stale: false })
    expect(metricOf('apiserver_envelope_encryption_dek_source_cache_size', { provider_name: 'vault' })).toBe(1)
    expect(metricOf('apiserver_storage_envelope_transformation_cache_misses_total', {})).toBe(1)
  })

  test('each write has a key of its own, bound to the name it is stored under', async () => {
    await probe.check()
    const [one, two] = [envelope.seal(plain, here, nothing), envelope.seal(plain, here, nothing)].map(
      decodeEncryptedObject,
    )
    expect(one?.encryptedSeed).toEqual(two?.encryptedSeed)
    expect(one?.data.subarray(0, 32)).not.toEqual(two?.data.subarray(0, 32))
    expect(one).toMatchObject({
      keyId: 'key-1',
      type: hkdfSeed,
      annotations: { 'version.encryption.kubets.test': Buffer.from('1') },
    })
    expect(() => envelope.open(envelope.seal(plain, here, nothing), place('/registry/secrets/default/b'))).toThrow(
      'cipher: message authentication failed',
    )
  })

  test('another key id of the plugin makes a new seed, and what is older stale', async () => {
    await probe.check()
    const old = envelope.seal(plain, here, nothing)
    remote.keyId = 'key-2'
    // a good answer counts for twenty seconds
    clock.move(19_000)
    await probe.check()
    expect(remote.calls.status).toBe(1)
    clock.move(1_000)
    await probe.check()
    expect(remote.calls).toMatchObject({ status: 2, encrypt: 2 })
    expect(decodeEncryptedObject(envelope.seal(plain, here, nothing)).keyId).toBe('key-2')
    expect(envelope.open(old, here)).toEqual({ value: plain, stale: true })
    expect(envelope.open(envelope.seal(plain, here, nothing), here)).toEqual({ value: plain, stale: false })
    const used = { transformation_type: 'to_storage', provider_name: 'vault' }
    expect(metricOf('apiserver_envelope_encryption_key_id_hash_total', used)).toBe(1)
  })

  test('a plugin that is not well, but tells its key, lets writes go on', async () => {
    await probe.check()
    remote.healthz = 'the vault is sealed'
    for (let minute = 0; minute < 5; minute++) {
      clock.move(60_000)
      await expect(probe.check()).rejects.toThrow(
        'kmsv2 Provider vault is not healthy, error: got unexpected healthz status: the vault is sealed',
      )
      envelope.seal(plain, here, nothing)
    }
  })

  test('a plugin that is gone lets writes expire, not reads', async () => {
    await probe.check()
    const sealed = envelope.seal(plain, here, nothing)
    await remote[Symbol.asyncDispose]()
    clock.move(180_000)
    envelope.seal(plain, here, nothing)
    clock.move(1)
    expect(() => envelope.seal(plain, here, nothing)).toThrow(
      /^encryptedDEKSource with keyID hash "sha256:[0-9a-f]{64}" expired at 2026-01-01T00:03:00Z \(current time is 2026-01-01T00:03:00Z\)$/,
    )
    expect(await text(envelope.open(sealed, here))).toBe('a secret')
    await expect(probe.check()).rejects.toThrow(
      /^failed to perform status section of the healthz check for KMS Provider vault, error: rpc error: code = (Unavailable|DeadlineExceeded) desc = /,
    )
  })

  test('one failure answers for all values of its seed, for three seconds', async () => {
    await probe.check()
    const sealed = envelope.seal(plain, here, nothing)
    const other = server()
    await other.probe.check()
    remote.broken = true
    for (let i = 0; i < 3; i++)
      await expect(other.envelope.open(sealed, here)).rejects.toThrow(
        'failed to decrypt DEK, error: rpc error: code = FailedPrecondition desc = the vault is sealed',
      )
    expect(remote.calls.decrypt).toBe(1)
    remote.broken = false
    clock.move(3_000)
    expect(await text(other.envelope.open(sealed, here))).toBe('a secret')
  })

  test('a server whose plugin was never well neither writes nor reads', () => {
    expect(() => envelope.seal(plain, here, nothing)).toThrow('got unexpected nil transformer')
  })
})

describe('the probe', () => {
  test.each<[string, () => void, string | RegExp]>([
    ['another version', () => (remote.version = 'v1'), 'expected KMSv2 API version v2, got v1'],
    ['no key id', () => (remote.keyId = ''), 'got invalid KMSv2 KeyID hash "": keyID is empty'],
    [
      'a key id that is too long',
      () => (remote.keyId = 'k'.repeat(1_025)),
      'keyID is 1025 bytes, which exceeds the max size of 1024',
    ],
    [
      'no encryption',
      () => (remote.broken = true),
      /failed to rotate DEK uid="[0-9a-f-]{36}", useSeed=true, errState=got unexpected nil transformer, errGen=failed to encrypt DEK, error: rpc error: code = FailedPrecondition desc = the vault is sealed, statusKeyIDHash="sha256:/,
    ],
  ])('refuses a plugin with %s, and looks again after three seconds', async (_, breakIt, message) => {
    breakIt()
    await expect(probe.check()).rejects.toThrow(message)
    await expect(probe.check()).rejects.toThrow(message)
    expect(remote.calls.status).toBe(1)
    Object.assign(remote, { version: 'v2', keyId: 'key-1', broken: false })
    clock.move(3_000)
    await probe.check()
    envelope.seal(plain, here, nothing)
  })

  test('refuses a plugin that changes its version', async () => {
    remote.version = 'v2beta1'
    await probe.check()
    remote.version = 'v2'
    clock.move(20_000)
    await expect(probe.check()).rejects.toThrow(
      'KMSv2 API version should not change after the initial status response version v2beta1, got v2',
    )
  })

  test('asks once a minute, and every ten seconds while it fails', async () => {
    const stop = new AbortController()
    const running = probe.run(stop.signal)
    await expect.poll(() => remote.calls.status).toBe(1)
    clock.move(60_000)
    await expect.poll(() => remote.calls.status).toBe(2)
    remote.healthz = 'no'
    clock.move(60_000)
    await expect.poll(() => remote.calls.status).toBe(3)
    // its answer may still be under way
    await expect
      .poll(() => {
        clock.move(10_000)
        return remote.calls.status
      })
      .toBeGreaterThan(3)
    stop.abort()
    await running
  })
})

describe('the stored object', () => {
  const object = {
    data: Buffer.from('data'),
    keyId: 'key',
    encryptedSeed: Buffer.from('seed'),
    annotations: { 'a.example.com': Buffer.from([0, 255]) },
    type: hkdfSeed,
  }

  test('comes back as it was', () => {
    expect(decodeEncryptedObject(encodeEncryptedObject(object))).toEqual(object)
  })

  test.each<[string, Partial<typeof object>, string]>([
    ['an unknown type', { type: 7 }, 'unknown encryptedDEKSourceType: 7'],
    ['no data', { data: Buffer.alloc(0) }, 'encrypted data is empty'],
    [
      'no seed',
      { encryptedSeed: Buffer.alloc(0) },
      'failed to validate encrypted DEK source: encrypted DEK source is empty',
    ],
    [
      'a seed that is too long',
      { encryptedSeed: Buffer.alloc(1_025) },
      'failed to validate encrypted DEK source: encrypted DEK source is 1025 bytes, which exceeds the max size of 1024',
    ],
    ['no key id', { keyId: '' }, 'failed to validate key id: keyID is empty'],
    [
      'an annotation that is no domain name',
      { annotations: { plain: Buffer.from('x') } as never },
      'failed to validate annotations: annotations: Invalid value: "plain": should be a domain with at least two segments separated by dots',
    ],
    [
      'annotations that are too long',
      { annotations: { 'a.example.com': Buffer.alloc(33_000) } },
      'failed to validate annotations: total size of annotations is 33013, which exceeds the max size of 32768',
    ],
  ])('with %s is refused', (_, change, message) => {
    expect(() => decodeEncryptedObject(encodeEncryptedObject({ ...object, ...change }))).toThrow(message)
  })

  test('is told from what is none', () => {
    expect(() => decodeEncryptedObject(Buffer.from('garbage that is no message'))).toThrow('cannot parse')
  })

  test('one seed has one name, whatever the order of its annotations', () => {
    const [a, b] = [Buffer.from('1'), Buffer.from('2')]
    const name = (annotations: Record<string, Buffer>) => seedName({ ...object, annotations })
    expect(name({ 'a.b': a, 'c.d': b })).toBe(name({ 'c.d': b, 'a.b': a }))
    expect(name({ 'a.b': a, 'c.d': b })).not.toBe(name({ 'a.b': b, 'c.d': a }))
  })
})
