import type { Node } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { expect, test } from 'vitest'
import { testNode } from './test-node.ts'

test('a kubelet that was thought to be lost says at its next look that it is not', async () => {
  await using node = await testNode({ nodeStatusUpdateFrequency: 50 })
  const key = { name: 'node-1' }
  const ready = async () =>
    (await node.client.get<Node>(resources.nodes, key)).status?.conditions?.find(({ type }) => type === 'Ready')
  await expect.poll(async () => (await ready())?.status).toBe('True')
  const conditions = [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }]
  await node.client.patch(resources.nodes, key, 'strategic', { status: { conditions } }, { subresource: 'status' })
  await expect.poll(async () => (await ready())?.reason).toBe('KubeletReady')
})
