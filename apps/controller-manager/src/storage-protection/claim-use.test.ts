import type { PersistentVolumeClaim, Pod } from '@kubets/api-types'
import { expect, test } from 'vitest'
import { podClaims, usesClaim } from './claim-use.ts'

const pod = (spec: object, metadata: object = {}, status: object = {}) =>
  ({ metadata: { name: 'p', uid: 'u', ...metadata }, spec, status }) as unknown as Pod
const data = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] }
const own = { volumes: [{ name: 'scratch', ephemeral: {} }] }
const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 }

test.each([
  ['nothing', pod({ volumes: [{ name: 'v', emptyDir: {} }] }), undefined],
  ['a claim', pod(data), { uses: [{ name: 'data', ephemeral: false }], ended: false, shutDown: false }],
  [
    'one of its own',
    pod(own, deleted, { containerStatuses: [{ state: { terminated: {} } }] }),
    { uses: [{ name: 'p-scratch', ephemeral: true }], ended: true, shutDown: true },
  ],
  [
    'a claim, and has ended',
    pod(data, {}, { phase: 'Succeeded' }),
    { uses: [{ name: 'data', ephemeral: false }], ended: true, shutDown: false },
  ],
])('a pod has %s', (_, given, expected) => {
  expect(podClaims(given)).toEqual(expected)
})

const claim = (name: string, owner?: string) =>
  ({
    metadata: { name, ownerReferences: owner === undefined ? [] : [{ uid: owner, controller: true }] },
  }) as unknown as PersistentVolumeClaim
const user = (spec: object, nodeName = 'n', metadata: object = {}) => {
  const claims = podClaims(pod(spec, metadata))
  return { uid: 'u', nodeName, claims }
}

test.each([
  [true, 'its volume', user(data), claim('data')],
  [false, 'another claim', user(data), claim('other')],
  [false, 'a pod without a node', user(data, ''), claim('data')],
  [true, 'a deleted pod that is there still', user(data, 'n', deleted), claim('data')],
  [true, 'its own', user(own), claim('p-scratch', 'u')],
  [false, "one that is somebody else's", user(own), claim('p-scratch', 'x')],
  [false, 'its own, when it is shut down', user(own, 'n', deleted), claim('p-scratch', 'u')],
])('%s: a claim is used by %s', (expected, _, by, of) => {
  expect(usesClaim(by, of)).toBe(expected)
})
