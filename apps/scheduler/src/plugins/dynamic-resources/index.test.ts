import { expect, test } from 'vitest'
import { testPod } from '../../fake-server.ts'
import { testCluster } from '../../test-cluster.ts'
import { dynamicResources } from './index.ts'

test.each([
  ['none', [], undefined],
  ['by name', [{ name: 'gpu', resourceClaimName: 'a100' }], 'resourceclaim.resource.k8s.io "a100" not found'],
  [
    'from a template',
    [{ name: 'gpu', resourceClaimTemplateName: 't' }],
    'pod "default/p": ResourceClaim not created yet',
  ],
])('%s', (_, resourceClaims, message) => {
  const { info, cache } = testCluster([])
  expect(dynamicResources.preFilter?.(info(testPod('p', { spec: { resourceClaims } })), cache)).toBe(message)
})
