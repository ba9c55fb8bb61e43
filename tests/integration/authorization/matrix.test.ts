import { Agent, request } from 'node:https'
import { type Client, type ClientConfig, createClient, resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from '../controller-manager/managed-plane.ts'
import { type ColumnName, columns, type RowName, rows } from './matrix.ts'
import { type Asker, allowedOf, expectedOf } from './may-do.ts'

let plane: ControlPlane
const undo = new AsyncDisposableStack()
const clients = new Map<RowName, Asker>()

beforeAll(async () => {
  plane = undo.use(await startManagedPlane())
  const { client, config } = plane
  const send = async (path: string, body: object) => {
    const { status, body: answer } = await client.raw('POST', path, body)
    expect([201, 409], answer.toString()).toContain(status)
    return JSON.parse(answer.toString('utf8'))
  }
  for (const name of ['team', 'other']) await send('/api/v1/namespaces', { metadata: { name } })
  await send('/api/v1/namespaces/team/serviceaccounts', { metadata: { name: 'robot' } })
  await send('/api/v1/namespaces/team/serviceaccounts', { metadata: { name: 'used-on-1' } })
  const env = [
    { name: 'A', valueFrom: { secretKeyRef: { name: 'used-on-1', key: 'a' } } },
    { name: 'B', valueFrom: { configMapKeyRef: { name: 'used-on-1', key: 'b' } } },
  ]
  const spec = { nodeName: 'node-1', serviceAccountName: 'used-on-1', containers: [{ name: 'c', image: 'i', env }] }
  await send('/api/v1/namespaces/team/pods', { metadata: { name: 'on-1' }, spec })
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const roleRef = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name })
  for (const [role, subject] of [
    ['view', { kind: 'User', name: 'viewer' }],
    ['view', { kind: 'ServiceAccount', name: 'robot', namespace: 'team' }],
    ['edit', { kind: 'User', name: 'editor' }],
    ['admin', { kind: 'User', name: 'team-admin' }],
  ] as const)
    await send(`${rbac}/namespaces/team/rolebindings`, {
      metadata: { name: `${role}-${subject.name}` },
      roleRef: roleRef(role),
      subjects: [subject],
    })
  await send(`${rbac}/clusterrolebindings`, {
    metadata: { name: 'boss' },
    roleRef: roleRef('cluster-admin'),
    subjects: [{ kind: 'User', name: 'boss' }],
  })
  // the aggregation controller gathers their rules
  await vi.waitFor(async () => {
    const gathered = JSON.stringify(await client.get(resources.clusterRoles, { name: 'admin' }))
    for (const own of ['localsubjectaccessreviews', 'pods/exec', 'endpointslices']) expect(gathered).toContain(own)
  })

  const { server, ca = '' } = config
  const token = await send('/api/v1/namespaces/team/serviceaccounts/robot/token', { spec: { audiences: [] } })
  const other = await send('/api/v1/namespaces/team/serviceaccounts/robot/token', {
    spec: { audiences: ['elsewhere'] },
  })
  await send('/api/v1/namespaces/team/serviceaccounts', { metadata: { name: 'gone' } })
  const orphan = await send('/api/v1/namespaces/team/serviceaccounts/gone/token', { spec: { audiences: [] } })
  await client.raw('DELETE', '/api/v1/namespaces/team/serviceaccounts/gone')
  const add = (name: RowName, made: Client) => clients.set(name, undo.use(made))
  const addUser = async (name: RowName, user: string, ...groups: string[]) =>
    add(name, createClient(await plane.configOf(user, groups)))
  add('anonymous', createClient({ server, ca }))
  add('a member of system:masters', createClient(config))
  add('a service account that views team', createClient({ server, ca, token: token.status.token }))
  add('a token for another audience', createClient({ server, ca, token: other.status.token }))
  add('a token of a deleted account', createClient({ server, ca, token: orphan.status.token }))
  add('an expired certificate', createClient(await plane.configOf('late', ['system:masters'], { days: -1 })))
  const proxied = { 'X-Remote-User': 'viewer', 'X-Remote-Group': 'readers' }
  clients.set('a viewer of team behind a front proxy', withHeaders(await plane.configOf('front-proxy-client'), proxied))
  const smuggled = { 'X-Remote-User': 'boss', 'X-Remote-Group': 'system:masters' }
  clients.set('headers of a front proxy by somebody else', withHeaders(await plane.configOf('smuggler'), smuggled))
  await addUser('somebody without a role', 'somebody')
  await addUser('a viewer of team', 'viewer')
  await addUser('an editor of team', 'editor')
  await addUser('an administrator of team', 'team-admin')
  await addUser('a cluster administrator', 'boss')
  await addUser('system:kube-scheduler', 'system:kube-scheduler')
  await addUser('system:kube-controller-manager', 'system:kube-controller-manager')
  await addUser('system:kube-proxy', 'system:kube-proxy')
  await addUser('node-1', 'system:node:node-1', 'system:nodes')
  await addUser('node-2', 'system:node:node-2', 'system:nodes')
  await addUser('one who calls himself a node', 'system:node:node-3')
})
afterAll(() => undo.disposeAsync())

test.each(Object.keys(rows) as RowName[])('%s may do what is written, and nothing else', async name => {
  const client = clients.get(name)
  if (client === undefined) throw new Error(`nobody is ${name}`)
  expect(await allowedOf(client)).toEqual(expectedOf(rows[name]))
})

test('every cell that is written can be asked for', () => {
  for (const row of Object.values(rows))
    for (const [column, letters] of Object.entries(row))
      for (const letter of letters) expect(columns[column as ColumnName].verbs, column).toContain(letter)
  expect(clients.size).toBe(Object.keys(rows).length)
})

/** Asks as a proxy does, with headers on every request. */
function withHeaders({ server, ca, cert, key }: ClientConfig, headers: Readonly<Record<string, string>>): Asker {
  const agent = new Agent({ keepAlive: true, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) })
  undo.defer(() => agent.destroy())
  return {
    raw: (method, path, body) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? '' : JSON.stringify(body)
        const type = body === undefined ? {} : { 'content-type': 'application/json' }
        const length = { 'content-length': String(Buffer.byteLength(text)) }
        const asking = request(new URL(path, server), { method, agent, headers: { ...headers, ...type, ...length } })
        asking.on('error', reject)
        asking.on('response', response => {
          const parts: Buffer[] = []
          response.on('data', part => parts.push(part))
          response.on('error', reject)
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }))
        })
        asking.end(text)
      }),
  }
}
