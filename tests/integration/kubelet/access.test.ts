import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import type { ResourceRef } from '@kubets/client'
import { issueCertificate } from '@kubets/pki'
import { execOverWebSocket } from '@kubets/streaming'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestNode, testNode } from './test-node.ts'

let node: TestNode
beforeAll(async () => {
  node = await testNode()
})
afterAll(() => node[Symbol.asyncDispose]())

const rbac = (resource: string, kind: string): ResourceRef => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource,
  kind,
  namespaced: false,
})
const apiVersion = 'rbac.authorization.k8s.io/v1'

async function userWith(name: string, rules: readonly object[]) {
  const roles = rbac('clusterroles', 'ClusterRole')
  const bindings = rbac('clusterrolebindings', 'ClusterRoleBinding')
  await node.client.create(roles, { apiVersion, kind: 'ClusterRole', metadata: { name }, rules } as never)
  await node.client.create(bindings, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
  } as never)
  return issueCertificate(node.authority, { commonName: name, usages: ['client'] })
}

function get(path: string, who: { cert: string; key: string } | undefined): Promise<{ status: number; body: string }> {
  const agent = new Agent({ ca: node.authority.cert, ...who })
  return new Promise((resolve, reject) =>
    request(`https://127.0.0.1:${node.kubelet.port}${path}`, { agent })
      .on('response', answer =>
        text(answer).then(body => resolve({ status: answer.statusCode ?? 0, body: body.slice(0, 200) }), reject),
      )
      .on('error', reject)
      .end(),
  )
}

it('the kubelet lets in whom the api-server allows, each to what they may', async () => {
  const metrics = await userWith('metrics-reader', [
    { apiGroups: [''], resources: ['nodes/metrics', 'nodes/pods'], verbs: ['get'] },
  ])
  const elsewhere = await userWith('of-another-node', [
    { apiGroups: [''], resources: ['nodes/proxy', 'nodes/metrics'], resourceNames: ['node-2'], verbs: ['*'] },
  ])
  expect((await get('/metrics', metrics)).status).toBe(200)
  expect((await get('/pods', metrics)).status).toBe(200)
  expect(await get('/configz', metrics)).toEqual({
    status: 403,
    body: 'Forbidden (user=metrics-reader, verb=get, resource=nodes, subresource(s)=[configz proxy])\n',
  })
  for (const path of ['/metrics', '/pods', '/stats/summary', '/containerLogs/a/b/c'])
    expect((await get(path, elsewhere)).status, path).toBe(403)
  for (const [who, code] of [
    [undefined, 401],
    [metrics, 403],
    [elsewhere, 403],
  ] as const) {
    const url = `https://127.0.0.1:${node.kubelet.port}/exec/default/web/main?command=sh&output=1`
    const exec = execOverWebSocket({
      target: { url, tls: { ca: node.authority.cert, ...who } },
      stdin: false,
      stdout: true,
      stderr: false,
      tty: false,
    })
    await expect(exec).rejects.toMatchObject({ status: code })
  }
})

it('another node is nobody here, and an administrator is one', async () => {
  const other = await issueCertificate(node.authority, {
    commonName: 'system:node:node-2',
    organizations: ['system:nodes'],
    usages: ['client'],
  })
  expect((await get('/pods', other)).status).toBe(403)
  const admin = await issueCertificate(node.authority, {
    commonName: 'root',
    organizations: ['system:masters'],
    usages: ['client'],
  })
  expect((await get('/pods', admin)).status).toBe(200)
})
