import { createHmac, hkdfSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { place } from '../testing/fixture.ts'
import { nothing, type Opened, type Transformer } from '../transformer.ts'
import { AesCbc } from './aes-cbc.ts'
import { AesGcm } from './aes-gcm.ts'
import { HkdfAesGcm } from './hkdf-aes-gcm.ts'
import { identity } from './identity.ts'
import { Secretbox } from './secretbox.ts'

const bytes = (length: number) => Buffer.alloc(length, 7)
const here = place('/registry/secrets/default/a')
const open = (transformer: Transformer, stored: Uint8Array, at = here) =>
  Buffer.from((transformer.open(stored, at) as Opened).value).toString()

const makers: [string, (seed: number) => Transformer, overhead: (length: number) => number][] = [
  ...[16, 24, 32].map((length): (typeof makers)[number] => [
    `aesgcm with ${length} bytes`,
    seed => new AesGcm(Buffer.alloc(length, seed)),
    () => 28,
  ]),
  ...[16, 24, 32].map((length): (typeof makers)[number] => [
    `aescbc with ${length} bytes`,
    seed => new AesCbc(Buffer.alloc(length, seed)),
    size => 16 + 16 - (size % 16),
  ]),
  ['secretbox', seed => new Secretbox(Buffer.alloc(32, seed)), () => 40],
  ['AES-GCM with derived keys', seed => new HkdfAesGcm(Buffer.alloc(32, seed)), () => 60],
]

describe.each(makers)('%s', (_, make, overhead) => {
  test.each([0, 1, 15, 16, 17, 5_000])('a value of %i bytes comes back', length => {
    const plain = Buffer.alloc(length, 'x')
    const sealed = make(1).seal(plain, here, nothing)
    expect(sealed.length).toBe(length + overhead(length))
    expect(open(make(1), sealed)).toBe(plain.toString())
  })

  test('two values that are the same are not told to be', () => {
    const transformer = make(1)
    const plain = Buffer.from('the same')
    expect(Buffer.compare(transformer.seal(plain, here, nothing), transformer.seal(plain, here, nothing))).not.toBe(0)
  })

  test('another key opens nothing', () => {
    const sealed = make(1).seal(Buffer.from('a marker that nobody sees'), here, nothing)
    let read = ''
    try {
      read = open(make(2), sealed)
    } catch (error) {
      read = (error as Error).message
    }
    expect(read).not.toContain('marker')
  })

  test('what is too short is refused', () => {
    expect(() => open(make(1), bytes(11))).toThrow('the stored data was shorter than the required size')
  })
})

test.each([
  ['aesgcm', new AesGcm(bytes(32))],
  ['derived keys', new HkdfAesGcm(bytes(32))],
])('%s: a value that was moved to another key of the store is not opened', (_, transformer) => {
  const sealed = transformer.seal(Buffer.from('admin: false'), here, nothing)
  expect(() => open(transformer, sealed, place('/registry/secrets/default/b'))).toThrow(
    'cipher: message authentication failed',
  )
})

test.each([
  ['aesgcm', new AesGcm(bytes(32)), 'cipher: message authentication failed'],
  ['secretbox', new Secretbox(bytes(32)), 'output array was not large enough for encryption'],
])('%s: a value with one bit changed is not opened', (_, transformer, message) => {
  const sealed = transformer.seal(Buffer.from('some value'), here, nothing)
  for (const at of [0, 30, sealed.length - 1]) {
    const changed = Buffer.from(sealed)
    changed[at] = (changed[at] as number) ^ 1
    expect(() => open(transformer, changed)).toThrow(message)
  }
})

test('aescbc tells what is no padding', () => {
  const cbc = new AesCbc(bytes(32))
  expect(() => open(cbc, bytes(17))).toThrow('the stored data is not a multiple of the block size')
  const sealed = Buffer.from(cbc.seal(Buffer.alloc(16, 'x'), here, nothing))
  // the last block is padding alone: what stands in the one before it comes out of it changed
  sealed[16 + 15] = (sealed[16 + 15] as number) ^ 16
  expect(() => open(cbc, sealed)).toThrow('invalid PKCS7 data (empty or not padded)')
  sealed[16 + 15] = (sealed[16 + 15] as number) ^ 16 ^ 1
  expect(() => open(cbc, sealed)).toThrow('invalid padding on input')
})

test('identity takes nothing for a value that another provider wrote', () => {
  const plain = Buffer.from('{"kind":"Secret"}')
  expect(identity.open(plain, here)).toEqual({ value: plain, stale: false })
  expect(() => identity.open(Buffer.from('k8s:enc:aesgcm:v1:key1:…'), here)).toThrow(
    'identity transformer tried to read encrypted data',
  )
  // upstream's protobuf
  expect(open(identity, Buffer.from('k8s\0…'))).toBe('k8s\0…')
})

test('keys derived of a seed are those of RFC 5869', () => {
  // the seed takes the place of what HKDF extracts, so Node's own HKDF of the same makes the same key
  const [secret, salt] = [bytes(32), Buffer.from('salt')]
  const seed = createHmac('sha256', salt).update(secret).digest()
  const sealed = new HkdfAesGcm(seed).seal(Buffer.from('v'), here, nothing)
  const key = Buffer.from(hkdfSync('sha256', secret, salt, sealed.subarray(0, 32), 32))
  expect(open(new AesGcm(key), sealed.subarray(32))).toBe('v')
  expect(() => new HkdfAesGcm(bytes(31))).toThrow('invalid seed length 31 used for key generation')
})
