import type { CertificateSigningRequest } from '@kubets/api-types'
import { createCertificateAuthority } from '@kubets/pki'
import { expect, test } from 'vitest'
import { isStale } from './is-stale.ts'

const now = Date.parse('2026-06-01T00:00:00Z')
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString()
const request = (created: number, condition?: [type: string, minutes: number], certificate?: string) =>
  ({
    metadata: { creationTimestamp: ago(created) },
    status: {
      ...(condition && { conditions: [{ type: condition[0], status: 'True', lastUpdateTime: ago(condition[1]) }] }),
      ...(certificate && { certificate }),
    },
  }) as unknown as CertificateSigningRequest

test.each([
  ['waiting for less than a day', request(1_439), false],
  ['waiting for more than a day', request(1_441), true],
  ['denied just now', request(5_000, ['Denied', 59]), false],
  ['denied an hour ago', request(5_000, ['Denied', 61]), true],
  ['failed an hour ago', request(5_000, ['Failed', 61]), true],
  ['approved, and not signed for less than a day', request(5_000, ['Approved', 1_439]), false],
  ['approved, and not signed for more than a day', request(5_000, ['Approved', 1_441]), true],
  ['signed just now', request(5_000, ['Approved', 59], 'AAAA'), false],
  ['signed an hour ago', request(5_000, ['Approved', 61], 'AAAA'), true],
])('%s', (_, object, expected) => {
  expect(isStale(object, now)).toBe(expected)
})

test('a request goes as soon as its certificate is over', async () => {
  const { cert } = await createCertificateAuthority('short')
  const object = request(5_000, ['Approved', 1], Buffer.from(cert).toString('base64'))
  expect(isStale(object, now)).toBe(false)
  const later = now + 20 * 365 * 86_400_000
  const approved = { ...object, status: { ...object.status, conditions: [{ type: 'Approved', status: 'True' }] } }
  expect(isStale(approved, later)).toBe(true)
})
