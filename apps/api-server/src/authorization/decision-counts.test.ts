import { expect, it } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'

it('says at /metrics who decided', async () => {
  await using api = await testApiServer({ authorization: ['Node', 'RBAC'] })
  const as = (...groups: string[]) => ({
    headers: { 'impersonate-user': 'system:node:n', 'impersonate-group': groups },
  })
  await api.h1.request('GET', '/api/v1/nodes/n', as('system:nodes', 'system:authenticated'))
  await api.h1.request('GET', '/api', as('system:authenticated'))
  await api.h1.request('GET', '/api/v1/nodes/n', as('system:authenticated'))
  const { text } = await api.h1.request('GET', '/metrics')
  const lines = text.split('\n').filter(line => line.startsWith('apiserver_authorization_decisions_total'))
  expect(lines).toEqual([
    'apiserver_authorization_decisions_total{type="Node",name="node",decision="allowed"} 1',
    'apiserver_authorization_decisions_total{type="RBAC",name="rbac",decision="allowed"} 1',
  ])
})
