import { expect, test } from 'vitest'
import { testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { volumeBinding } from './index.ts'

const refusal = (volumes: object[]) => {
  const { info, cache } = testCluster([])
  return volumeBinding.preFilter?.(info(testPod('p', { spec: { volumes } })), cache)
}

test.each([
  ['no claim', [{ name: 'v', emptyDir: {} }], undefined],
  ['a claim', [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }], 'persistentvolumeclaim "data" not found'],
  [
    'an ephemeral volume',
    [{ name: 'v', ephemeral: { volumeClaimTemplate: {} } }],
    'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"',
  ],
])('%s', (_, volumes, message) => {
  expect(refusal(volumes)).toBe(message)
})
