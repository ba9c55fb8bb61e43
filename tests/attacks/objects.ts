import type { Client } from '@kubets/client'
import type { KeyPair } from '@kubets/pki'
import { expect } from 'vitest'

/** Stands in secrets that no attacker may see. */
export const treasure = 'the-treasure-of-kube-system'

/** What the attackers meet. */
export interface Prepared {
  /** Kubelets of two nodes; secret, config map and pod of each. */
  readonly nodes: readonly [KeyPair, KeyPair]
  /** Views the namespace `team`. */
  readonly viewer: KeyPair
  /** May write roles and bindings in `team` and pods, and nothing else. */
  readonly mallory: KeyPair
  /** Token of the service account team/robot, a viewer of `team`; the same for others than the API. */
  readonly token: string
  readonly tokenForOthers: string
  /** Of an account that is gone. */
  readonly tokenOfNobody: string
}

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const roleRef = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name })

export async function prepare(
  admin: Client,
  user: (name: string, groups?: readonly string[]) => Promise<KeyPair>,
): Promise<Prepared> {
  const post = async (path: string, body: object) => {
    const { status, body: answer } = await admin.raw('POST', path, body)
    expect(status, `${path}: ${answer}`).toBe(201)
    return JSON.parse(answer.toString('utf8'))
  }
  await post('/api/v1/namespaces', { metadata: { name: 'team' } })
  const stringData = { treasure }
  await post('/api/v1/namespaces/kube-system/secrets', { metadata: { name: 'treasure' }, stringData })
  await Promise.all(
    [1, 2].map(async n => {
      await post('/api/v1/nodes', {
        metadata: { name: `node-${n}`, labels: { 'kubernetes.io/hostname': `node-${n}` } },
      })
      await post('/api/v1/namespaces/team/secrets', { metadata: { name: `of-node-${n}` }, stringData })
      await post('/api/v1/namespaces/team/serviceaccounts', { metadata: { name: `of-node-${n}` } })
      const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: `of-node-${n}`, key: 'treasure' } } }]
      await post('/api/v1/namespaces/team/pods', {
        metadata: { name: `on-node-${n}` },
        spec: {
          nodeName: `node-${n}`,
          serviceAccountName: `of-node-${n}`,
          containers: [{ name: 'c', image: 'i', env }],
        },
      })
    }),
  )
  for (const name of ['robot', 'gone']) await post('/api/v1/namespaces/team/serviceaccounts', { metadata: { name } })
  await post(`${rbac}/namespaces/team/rolebindings`, {
    metadata: { name: 'viewers' },
    roleRef: roleRef('viewer-of-pods'),
    subjects: [
      { kind: 'User', name: 'viewer' },
      { kind: 'User', name: 'sam' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'team' },
    ],
  })
  // `view` is empty here: nobody gathers its rules
  await post(`${rbac}/clusterroles`, {
    metadata: { name: 'viewer-of-pods' },
    rules: [{ apiGroups: [''], resources: ['pods', 'pods/log', 'configmaps'], verbs: ['get', 'list', 'watch'] }],
  })
  await post(`${rbac}/clusterroles`, {
    metadata: { name: 'writer-of-roles' },
    rules: [
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
        // neither `escalate` nor `bind`
        verbs: ['get', 'list', 'create', 'update', 'patch', 'delete'],
      },
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'create'] },
      { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'], verbs: ['create'] },
    ],
  })
  await post(`${rbac}/clusterrolebindings`, {
    metadata: { name: 'mallory' },
    roleRef: roleRef('writer-of-roles'),
    subjects: [{ kind: 'User', name: 'mallory' }],
  })
  const tokenOf = async (name: string, audiences: readonly string[] = []) =>
    (await post(`/api/v1/namespaces/team/serviceaccounts/${name}/token`, { spec: { audiences } })).status
      .token as string
  const [token, tokenForOthers, tokenOfNobody, first, second, viewer, mallory] = await Promise.all([
    tokenOf('robot'),
    tokenOf('robot', ['vault']),
    tokenOf('gone'),
    user('system:node:node-1', ['system:nodes']),
    user('system:node:node-2', ['system:nodes']),
    user('viewer'),
    user('mallory'),
  ])
  expect((await admin.raw('DELETE', '/api/v1/namespaces/team/serviceaccounts/gone')).status).toBe(200)
  return { nodes: [first, second], viewer, mallory, token, tokenForOthers, tokenOfNobody }
}
