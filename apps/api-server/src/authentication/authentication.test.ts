import { createCertificateAuthority, issueCertificate, type KeyPair } from '@kubets/pki'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { type HttpClient, http1Client, http2Client, type Reply } from '../testing/http-client.ts'

const undo = new AsyncDisposableStack()
let api: TestApiServer
let authority: KeyPair
let proxies: KeyPair

const authorization = ['RBAC'] as const

beforeAll(async () => {
  authority = (await testCertificates()).authority
  proxies = await createCertificateAuthority('front-proxy-ca')
  api = undo.use(
    await testApiServer({
      authorization,
      tokens: 'static-token,tina,7,"dev,ops"\n',
      authentication: {
        bootstrapTokens: true,
        requestHeaders: {
          ca: proxies.cert,
          allowedNames: ['front-proxy-client'],
          usernameHeaders: ['X-Remote-User', 'X-Other-User'],
          uidHeaders: ['X-Remote-Uid'],
          groupHeaders: ['X-Remote-Group'],
          extraPrefixes: ['X-Remote-Extra-'],
        },
      },
    }),
  )
})
afterAll(() => undo.disposeAsync())

type Headers = Record<string, string | string[]>

const whoami = (client: HttpClient, headers: Headers = {}) =>
  client.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
    headers,
  })
const userOf = ({ status, json, text }: Reply) => {
  expect(status, text).toBe(201)
  return json.status.userInfo
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function asClient(pair: Partial<KeyPair> | undefined, use: (client: HttpClient) => Promise<void>) {
  await using h2 = await http2Client({ ...api.connection, ...pair })
  await using h1 = http1Client({ ...api.connection, ...pair })
  for (const client of [h1, h2]) await use(client)
}
const issue = (
  of: KeyPair,
  commonName: string,
  more: Partial<Parameters<typeof issueCertificate>[1]> = {},
): Promise<KeyPair> => issueCertificate(of, { commonName, usages: ['client'], ...more })

describe('client certificates', () => {
  it('name the user, the groups, and the credential', async () => {
    const pair = await issue(authority, 'ada', { organizations: ['b', 'a'] })
    await asClient(pair, async client => {
      const user = userOf(await whoami(client))
      expect(user).toEqual({
        username: 'ada',
        groups: ['b', 'a', 'system:authenticated'],
        extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
      })
    })
  })

  it.each([
    ['expired', () => issue(authority, 'late', { days: -1 })],
    ['of another authority', async () => issue(await createCertificateAuthority('kubernetes'), 'stranger')],
    ['of a server', () => issue(authority, 'server', { usages: ['server'] })],
    ['of a front proxy that names nobody', () => issue(proxies, 'front-proxy-client')],
  ])('one that is %s is refused, also where anybody may look; a token beside it counts', async (_, make) => {
    const pair = await make()
    await asClient(pair, async client => {
      const refused = await client.request('GET', '/healthz')
      expect(refused.status).toBe(401)
      expect(refused.json).toMatchObject({ kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' })
      expect(userOf(await whoami(client, bearer('static-token'))).username).toBe('tina')
    })
  })

  it('without a name leave the client nameless', async () => {
    const pair = await issue(authority, '')
    await using bare = await testApiServer({ authorization })
    await using client = await http2Client({ ...bare.connection, ...pair })
    expect((await client.request('GET', '/healthz')).status).toBe(200)
    expect((await client.request('GET', '/api/v1/nodes')).json.message).toContain('User "system:anonymous" cannot list')
  })
})

describe('a front proxy', () => {
  const headers: Headers = {
    'X-Remote-User': 'grace',
    'X-Remote-Uid': '42',
    'X-Remote-Group': ['x', 'y, z'],
    'X-Remote-Extra-Acme.com%2FProject': ['p', 'q'],
  }

  it('says who its client is', async () => {
    await asClient(await issue(proxies, 'front-proxy-client'), async client => {
      expect(userOf(await whoami(client, headers))).toEqual({
        username: 'grace',
        uid: '42',
        groups: ['x', 'y, z', 'system:authenticated'],
        extra: { 'acme.com/project': ['p', 'q'] },
      })
      expect(userOf(await whoami(client, { 'x-other-user': 'second' })).username).toBe('second')
      expect(userOf(await whoami(client, { 'x-remote-user': '', 'x-other-user': 'third' })).username).toBe('third')
    })
  })

  it('of another name is not believed', async () => {
    await asClient(await issue(proxies, 'somebody'), async client => {
      expect((await whoami(client, headers)).status).toBe(401)
      expect(userOf(await whoami(client, { ...headers, ...bearer('static-token') })).username).toBe('tina')
    })
  })

  it('is nobody without its certificate: headers of others mean nothing', async () => {
    const smuggled = { ...headers, 'x-remote-group': 'system:masters' }
    await asClient(await issue(authority, 'front-proxy-client'), async client => {
      expect(userOf(await whoami(client, smuggled))).toMatchObject({
        username: 'front-proxy-client',
        groups: ['system:authenticated'],
      })
    })
    const forged = await issue(await createCertificateAuthority('front-proxy-ca'), 'front-proxy-client')
    await asClient(forged, async client => expect((await whoami(client, smuggled)).status).toBe(401))
    await asClient(undefined, async client => {
      expect(userOf(await whoami(client, { ...smuggled, ...bearer('static-token') })).groups).not.toContain(
        'system:masters',
      )
      const nobody = await client.request('GET', '/api/v1/secrets', { headers: smuggled })
      expect(nobody.json.message).toContain('User "system:anonymous" cannot list')
    })
  })

  it('takes the first of several names, each as it was sent', async () => {
    await asClient(await issue(proxies, 'front-proxy-client'), async client => {
      expect(userOf(await whoami(client, { 'x-remote-user': ['one', 'two'] })).username).toBe('one')
    })
  })
})

describe('bootstrap tokens', () => {
  const put = async (id: string, stringData: Record<string, string>, type = 'bootstrap.kubernetes.io/token') => {
    const body = {
      metadata: { name: `bootstrap-token-${id}` },
      type,
      stringData: {
        'token-id': id,
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
        ...stringData,
      },
    }
    const { status, text } = await api.h2.request('POST', '/api/v1/namespaces/kube-system/secrets', { body })
    expect(status, text).toBe(201)
  }

  it('are those of the Secrets in kube-system', async () => {
    await put('abcdef', {
      'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token,system:bootstrappers:a',
      expiration: '2099-01-01T00:00:00Z',
    })
    await asClient(undefined, async client => {
      expect(userOf(await whoami(client, bearer('abcdef.0123456789abcdef')))).toEqual({
        username: 'system:bootstrap:abcdef',
        groups: [
          'system:bootstrappers',
          'system:bootstrappers:a',
          'system:bootstrappers:kubeadm:default-node-token',
          'system:authenticated',
        ],
      })
    })
    await api.h2.request('DELETE', '/api/v1/namespaces/kube-system/secrets/bootstrap-token-abcdef')
    await asClient(undefined, async client => {
      expect((await whoami(client, bearer('abcdef.0123456789abcdef'))).status).toBe(401)
    })
  })

  it.each([
    ['expired', 'aaaaa1', { expiration: '2001-01-01T00:00:00Z' }],
    ['of an unreadable end', 'aaaaa2', { expiration: 'tomorrow' }],
    ['not for authentication', 'aaaaa3', { 'usage-bootstrap-authentication': 'false' }],
    ['of another secret', 'aaaaa4', { 'token-secret': 'fedcba9876543210' }],
    ['of another id', 'aaaaa5', { 'token-id': 'aaaaa6' }],
    ['of groups beyond its own', 'aaaaa7', { 'auth-extra-groups': 'system:masters' }],
  ])('one that is %s is none', async (_, id, data) => {
    await put(id, data)
    const { status } = await whoami(api.h1, {})
    expect(status).toBe(201)
    await asClient(undefined, async client => {
      expect((await whoami(client, bearer(`${id}.0123456789abcdef`))).status).toBe(401)
    })
  })

  it('one of another type of Secret is none', async () => {
    await put('aaaaa8', {}, 'Opaque')
    await asClient(undefined, async client => {
      expect((await whoami(client, bearer('aaaaa8.0123456789abcdef'))).status).toBe(401)
    })
  })

  it('are off unless they are turned on', async () => {
    await put('aaaaa9', {})
    await using other = await testApiServer({ store: api.store, authorization })
    await using client = await http2Client(other.connection)
    expect((await whoami(client, bearer('aaaaa9.0123456789abcdef'))).status).toBe(401)
  })
})

describe('requests of nobody', () => {
  it.each([
    ['where anonymous requests are off', { enabled: false }, { '/healthz': 401, '/livez': 401, '/api': 401 }],
    [
      'to some paths',
      { enabled: true, paths: ['/livez', '/healthz'] },
      { '/healthz': 200, '/livez': 200, '/livez/ping': 401, '/readyz': 401, '/version': 401 },
    ],
    ['to all paths', { enabled: true }, { '/healthz': 200, '/version': 200, '/api/v1/nodes': 403 }],
  ] as const)('%s', async (_, anonymous, expected) => {
    await using one = await testApiServer({ authorization, authentication: { anonymous } })
    await using client = await http2Client(one.connection)
    const answers: Record<string, number> = {}
    for (const path of Object.keys(expected)) answers[path] = (await client.request('GET', path)).status
    expect(answers).toEqual(expected)
  })
})
