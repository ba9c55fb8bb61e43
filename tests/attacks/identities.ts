import { createHmac, createSign } from 'node:crypto'
import { createCertificateAuthority, createSigningKey } from '@kubets/pki'
import { describe, expect, it } from 'vitest'
import { mastersRequest } from './masters-request.ts'
import { treasure } from './objects.ts'
import { staticToken, type Victim } from './victim.ts'
import { ask, type Credentials, codes, requestText, send } from './wire.ts'

const team = '/api/v1/namespaces/team'
const secret = '/api/v1/namespaces/kube-system/secrets/treasure'
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const roleRef = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name })
const pod = (spec: object = {}, metadata: object = {}) => ({
  metadata: { name: 'made', ...metadata },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})

interface Attempt {
  readonly verb: string
  readonly method: string
  readonly path: string
  readonly body?: object
}

const attempt = (verb: string, method: string, path: string, body?: object): Attempt => ({
  verb,
  method,
  path,
  ...(body === undefined ? {} : { body }),
})

async function refused(victim: Victim, who: Credentials, user: string | undefined, one: Attempt, code = 403) {
  const answer = await ask(victim, who, one.method, one.path, one.body)
  expect(answer.status, `${one.method} ${one.path}: ${answer.text}`).toBe(code)
  expect(answer.text).not.toContain(Buffer.from(treasure).toString('base64'))
  await victim.audit.tells({ user, verb: one.verb, code, path: one.path })
}

/** Those who are somebody, and want to be more. */
export function identities(victim: () => Victim): void {
  describe('a node', () => {
    const mirror = { annotations: { 'kubernetes.io/config.mirror': 'a' } }
    it.each<[string, Attempt]>([
      ["reads another node's secret", attempt('get', 'GET', `${team}/secrets/of-node-2`)],
      ['lists all secrets', attempt('list', 'GET', '/api/v1/secrets')],
      ['watches all secrets of a namespace', attempt('watch', 'GET', `${team}/secrets?watch=1`)],
      ['reads a secret that no pod of its own has', attempt('get', 'GET', secret)],
      ["reads another node's pod", attempt('get', 'GET', `${team}/pods/on-node-2`)],
      [
        "writes another node's pod's state",
        attempt('patch', 'PATCH', `${team}/pods/on-node-2/status`, { status: { phase: 'Failed' } }),
      ],
      ["deletes another node's pod", attempt('delete', 'DELETE', `${team}/pods/on-node-2`)],
      [
        "evicts another node's pod",
        attempt('create', 'POST', `${team}/pods/on-node-2/eviction`, {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: 'on-node-2', namespace: 'team' },
        }),
      ],
      [
        'changes the labels of a pod of its own',
        attempt('patch', 'PATCH', `${team}/pods/on-node-1`, { metadata: { labels: { app: 'a' } } }),
      ],
      ['makes a pod', attempt('create', 'POST', `${team}/pods`, pod({ nodeName: 'node-1' }))],
      [
        'makes a mirror pod for another node',
        attempt('create', 'POST', `${team}/pods`, pod({ nodeName: 'node-2' }, mirror)),
      ],
      [
        'makes a mirror pod that mounts a secret',
        attempt(
          'create',
          'POST',
          `${team}/pods`,
          pod({ nodeName: 'node-1', volumes: [{ name: 'v', secret: { secretName: 'of-node-2' } }] }, mirror),
        ),
      ],
      [
        "changes another node's labels",
        attempt('patch', 'PATCH', '/api/v1/nodes/node-2', { metadata: { labels: { a: 'b' } } }),
      ],
      [
        'gives itself a label that draws pods',
        attempt('patch', 'PATCH', '/api/v1/nodes/node-1', {
          metadata: { labels: { 'node-restriction.kubernetes.io/pci': 'yes' } },
        }),
      ],
      [
        'takes its own taints away',
        attempt('patch', 'PATCH', '/api/v1/nodes/node-1', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }),
      ],
      [
        "writes another node's state",
        attempt('patch', 'PATCH', '/api/v1/nodes/node-2/status', { status: { addresses: [] } }),
      ],
      ['deletes another node', attempt('delete', 'DELETE', '/api/v1/nodes/node-2')],
      [
        'asks for a token of an account that runs elsewhere',
        attempt('create', 'POST', `${team}/serviceaccounts/of-node-2/token`, { spec: { audiences: [] } }),
      ],
      [
        "takes over another node's lease",
        attempt('create', 'POST', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', {
          metadata: { name: 'node-2' },
        }),
      ],
      ['reaches the kubelet of another node', attempt('get', 'GET', '/api/v1/nodes/node-2/proxy/pods')],
      [
        'looks into a pod of its own through the server',
        attempt('get', 'GET', `${team}/pods/on-node-1/exec?command=sh`),
      ],
    ])('that %s is refused', async (_, one) => {
      await refused(victim(), victim().objects.nodes[0], 'system:node:node-1', one)
    })

    it('still does its own work', async () => {
      const [node] = victim().objects.nodes
      for (const [method, path, body] of [
        ['GET', `${team}/secrets/of-node-1`],
        ['GET', `${team}/pods?fieldSelector=spec.nodeName%3Dnode-1`],
        ['PATCH', `${team}/pods/on-node-1/status`, { status: { phase: 'Running' } }],
      ] as const)
        expect((await ask(victim(), node, method, path, body)).status, path).toBe(200)
    })
  })

  describe('somebody who may write roles', () => {
    const role = (rules: readonly object[]) => ({ metadata: { name: 'mine' }, rules })
    const all = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]
    const secrets = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]
    const me = [{ kind: 'User', name: 'mallory' }]
    it.each<[string, Attempt]>([
      [
        'writes a role with more than he has',
        attempt('create', 'POST', `${rbac}/namespaces/team/roles`, role(secrets)),
      ],
      ['writes a cluster role with everything', attempt('create', 'POST', `${rbac}/clusterroles`, role(all))],
      [
        'adds to the role that he has',
        attempt('patch', 'PATCH', `${rbac}/clusterroles/writer-of-roles`, { rules: [...secrets, ...all] }),
      ],
      [
        'lets himself escalate',
        attempt(
          'create',
          'POST',
          `${rbac}/clusterroles`,
          role([
            { apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], verbs: ['escalate', 'bind'] },
          ]),
        ),
      ],
      [
        'gathers what others have',
        attempt('create', 'POST', `${rbac}/clusterroles`, {
          metadata: { name: 'mine' },
          aggregationRule: { clusterRoleSelectors: [{}] },
        }),
      ],
      [
        'binds himself to cluster-admin',
        attempt('create', 'POST', `${rbac}/clusterrolebindings`, {
          metadata: { name: 'mine' },
          roleRef: roleRef('cluster-admin'),
          subjects: me,
        }),
      ],
      [
        'binds himself to cluster-admin in one namespace',
        attempt('create', 'POST', `${rbac}/namespaces/kube-system/rolebindings`, {
          metadata: { name: 'mine' },
          roleRef: roleRef('cluster-admin'),
          subjects: me,
        }),
      ],
      [
        'adds himself to a binding',
        attempt('patch', 'PATCH', `${rbac}/clusterrolebindings/cluster-admin`, { subjects: me }),
      ],
      [
        'asks for a certificate of system:masters',
        attempt('create', 'POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', {
          metadata: { name: 'mine' },
          spec: { request: mastersRequest, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
        }),
      ],
      [
        'approves it',
        attempt('update', 'PUT', '/apis/certificates.k8s.io/v1/certificatesigningrequests/mine/approval', {
          metadata: { name: 'mine' },
        }),
      ],
      [
        'makes a token of another account',
        attempt('create', 'POST', '/api/v1/namespaces/kube-system/serviceaccounts/namespace-controller/token', {
          spec: {},
        }),
      ],
    ])('and %s is refused', async (_, one) => {
      await refused(victim(), victim().objects.mallory, 'mallory', one)
    })

    it('and speaks in the name of an administrator is refused', async () => {
      for (const [name, value] of [
        ['Impersonate-User', 'kubernetes-admin'],
        ['impersonate-group', 'system:masters'],
        ['Impersonate-Uid', '1'],
        ['Impersonate-Extra-scopes', 'all'],
      ] as const) {
        const path = `${secret}?as=${name}`
        const headers = [
          ['Connection', 'close'],
          [name, value],
          ...(name === 'Impersonate-User' ? [] : [['Impersonate-User', 'mallory'] as const]),
        ] as const
        const text = await send(victim(), requestText('GET', path, headers), victim().objects.mallory)
        expect(codes(text), text).toEqual([403])
        await victim().audit.tells({ user: 'mallory', verb: 'get', code: 403, path })
      }
    })
  })

  describe('a token', () => {
    it('is refused for another audience, of another key, of nobody, changed, or run out', async () => {
      const { objects, signing } = victim()
      const stranger = await createSigningKey()
      const claims = JSON.parse(Buffer.from(objects.token.split('.')[1] ?? '', 'base64url').toString())
      const now = Math.floor(Date.now() / 1000)
      const [head = '', body = '', signature = ''] = objects.token.split('.')
      const admin = { ...claims, sub: 'system:serviceaccount:kube-system:namespace-controller' }
      for (const [what, token] of [
        ['for another audience', objects.tokenForOthers],
        ['of an account that is gone', objects.tokenOfNobody],
        ['signed by somebody else', signed(stranger.key, claims)],
        ['signed with the public key as a shared secret', signedWithShared(signing.publicKey, admin)],
        ['that has run out', signed(signing.key, { ...claims, iat: now - 7_200, nbf: now - 7_200, exp: now - 3_600 })],
        ['that does not hold yet', signed(signing.key, { ...claims, nbf: now + 3_600, exp: now + 7_200 })],
        ['of another issuer', signed(signing.key, { ...claims, iss: 'https://elsewhere.example' })],
        ['with other claims', `${head}.${encoded(admin)}.${signature}`],
        ['without a signature', `${encoded({ alg: 'none' })}.${body}.`],
        ['without an algorithm', `${encoded({ alg: 'none' })}.${body}.${signature}`],
        ['cut short', objects.token.slice(0, -2)],
        ['that is none', 'x'.repeat(8_000)],
        ['almost the static one', `${staticToken}x`],
      ] as const) {
        const path = `${team}/pods?with=${encodeURIComponent(what)}`
        const text = await send(
          victim(),
          requestText('GET', path, [
            ['Connection', 'close'],
            ['Authorization', `Bearer ${token}`],
          ]),
        )
        expect(codes(text), what).toEqual([401])
        await victim().audit.tells({ user: undefined, verb: 'list', code: 401, path })
      }
      expect((await ask(victim(), { token: objects.token }, 'GET', `${team}/pods`)).status).toBe(200)
    })

    it('is not taken from the query, and of two the first one counts', async () => {
      const token = victim().objects.token
      const query = `${team}/pods?access_token=${staticToken}`
      expect(codes(await send(victim(), requestText('GET', query, [['Connection', 'close']])))).toEqual([403])
      const two = [
        ['Connection', 'close'],
        ['Authorization', 'Bearer wrong'],
        ['Authorization', `Bearer ${token}`],
      ] as const
      expect(codes(await send(victim(), requestText('GET', `${team}/pods?two`, two)))).toEqual([401])
    })
  })

  describe('a certificate', () => {
    it('is refused of another authority, of the front proxies’, run out, or for servers', async () => {
      const { user, proxies } = victim()
      const other = await createCertificateAuthority('kubernetes-ca')
      for (const [what, pair] of [
        ['another', await user('kubernetes-admin', ['system:masters'], { of: other })],
        ['proxies', await user('kubernetes-admin', ['system:masters'], { of: proxies })],
        ['expired', await user('kubernetes-admin', ['system:masters'], { days: -1 })],
        ['server', await user('kubernetes-admin', ['system:masters'], { usages: ['server'] })],
        ['of nobody', await user('', ['system:masters'])],
      ] as const) {
        const path = `${secret}?of=${encodeURIComponent(what)}`
        await refused(victim(), pair, undefined, attempt('get', 'GET', path), 401)
      }
    })
  })
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** As whoever has the key would make it. */
function signed(key: string, claims: object): string {
  const text = `${encoded({ alg: 'ES256' })}.${encoded(claims)}`
  return `${text}.${createSign('SHA256').update(text).sign({ key, dsaEncoding: 'ieee-p1363' }, 'base64url')}`
}

/** Whoever takes the algorithm from the token takes the public key for a shared secret. */
function signedWithShared(secret: string, claims: object): string {
  const text = `${encoded({ alg: 'HS256' })}.${encoded(claims)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}
