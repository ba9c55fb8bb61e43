import type { Secret } from '@kubets/api-types'
import { expect, test } from 'vitest'
import { signingToken, timeLeft } from './bootstrap-token.ts'
import { detachedSignature, signedData } from './signatures.ts'

const now = Date.parse('2026-06-01T00:00:00Z')
const whole = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-signing': 'true' }
const secret = (data: Record<string, string>, name = 'bootstrap-token-abcdef') =>
  ({
    metadata: { name },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  }) as unknown as Secret

test('a signature is the one that upstream makes of the same token', () => {
  const content = 'Hello from the other side. I must have called a thousand times.'
  expect(detachedSignature(content, 'joshua', 'my voice is my passcode')).toBe(
    'eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9..VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8',
  )
})

test.each([
  ['no end', '', Number.POSITIVE_INFINITY],
  ['an end to come', '2026-06-01T00:00:10Z', 10_000],
  ['an end to come elsewhere', '2026-06-01T02:00:10+02:00', 10_000],
  ['an end just now', '2026-06-01T00:00:00Z', 0],
  ['an end nobody can read', 'tomorrow', 0],
  ['a day without a time', '2027-06-01', 0],
])('%s', (_, expiration, expected) => {
  expect(timeLeft(secret({ expiration }), now)).toBe(expected)
})

test.each([
  ['a whole token', secret(whole), true],
  ['another name', secret(whole, 'bootstrap-token-aaaaaa'), false],
  ['a name of no token', secret(whole, 'abcdef'), false],
  ['no id', secret({ ...whole, 'token-id': '' }), false],
  ['no secret', secret({ ...whole, 'token-secret': '' }), false],
  ['a token that is over', secret({ ...whole, expiration: '2026-05-31T00:00:00Z' }), false],
  ['a token for something else', secret({ ...whole, 'usage-bootstrap-signing': 'yes' }), false],
])('%s signs: %#', (_, object, signs) => {
  expect(signingToken(object, now)).toEqual(signs ? { id: 'abcdef', secret: '0123456789abcdef' } : undefined)
})

test('signatures are added, replaced and taken away, and nothing is written when all is so', () => {
  const token = { id: 'abcdef', secret: 'x' }
  const signature = detachedSignature('here', 'abcdef', 'x')
  const data = { kubeconfig: 'here', 'jws-kubeconfig-gone00': 'y', more: 'z' }
  const signed = { kubeconfig: 'here', more: 'z', 'jws-kubeconfig-abcdef': signature }
  expect(signedData(data, [token])).toEqual(signed)
  expect(signedData(signed, [token])).toBeUndefined()
  expect(signedData({ ...signed, kubeconfig: 'there' }, [token])?.['jws-kubeconfig-abcdef']).not.toBe(signature)
  expect(signedData({ more: 'z' }, [token])).toBeUndefined()
})
