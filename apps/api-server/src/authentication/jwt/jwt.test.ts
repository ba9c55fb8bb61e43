import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changeable } from '@kubets/component'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'
import { type HttpClient, http2Client } from '../../testing/http-client.ts'
import { type TestIssuer, testIssuer } from '../../testing/token-issuer.ts'
import { authenticationFromFlags } from '../flags.ts'
import type { AuthenticationConfiguration, JwtAuthenticatorConfiguration } from './contract.ts'
import { jwtAlgorithms } from './jwt-tokens.ts'
import { loadAuthenticationConfiguration } from './load.ts'
import { validateAuthentication } from './validation.ts'

const undo = new AsyncDisposableStack()
let issuer: TestIssuer
let other: TestIssuer
let api: TestApiServer
let client: HttpClient
let directory: string

const serve = async (configuration: AuthenticationConfiguration, more: object = {}) => {
  const started = await testApiServer({
    authorization: ['RBAC'],
    authentication: { jwt: { configuration, algorithms: jwtAlgorithms, ...more } },
  })
  return started
}

const plain = ({ url, ca }: TestIssuer): JwtAuthenticatorConfiguration => ({
  issuer: { url, certificateAuthority: ca, audiences: ['kubets'] },
  claimMappings: { username: { claim: 'sub', prefix: 'oidc:' }, groups: { claim: 'groups', prefix: 'g:' } },
  claimValidationRules: [{ claim: 'hd', requiredValue: 'example.com' }],
})

const structured = ({ url, ca }: TestIssuer): JwtAuthenticatorConfiguration => ({
  issuer: { url, certificateAuthority: ca, audiences: ['kubets', 'other'], audienceMatchPolicy: 'MatchAny' },
  claimMappings: {
    username: { expression: "claims.email_verified ? claims.email : 'unverified:' + claims.sub" },
    groups: { expression: 'claims.roles.split(",")' },
    uid: { claim: 'uid' },
    extra: [{ key: 'example.com/tenant', valueExpression: 'claims.tenant' }],
  },
  claimValidationRules: [{ expression: 'claims.level > 2.0', message: 'the level is too low' }],
  userValidationRules: [{ expression: "!user.username.startsWith('system:')", message: 'reserved' }],
})

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kubets-jwt-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  issuer = undo.use(await testIssuer())
  other = undo.use(await testIssuer())
  api = undo.use(await serve({ jwt: [plain(issuer), structured(other)] }))
  client = undo.use(await http2Client(api.connection))
  // the discovery documents are read beside the start
  for (const [of, claims] of [
    [issuer, { hd: 'example.com' }],
    [other, good],
  ] as const)
    await vi.waitFor(async () => expect((await whoami(await of.sign(claims))).status).toBe(201), 10_000)
})
afterAll(() => undo.disposeAsync())

const good = {
  email: 'grace@example.com',
  email_verified: true,
  roles: 'dev,ops',
  uid: '9',
  tenant: ['a', ''],
  level: 3,
}

const whoami = (token: string, by = client) =>
  by.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
    headers: { authorization: `Bearer ${token}` },
  })

const review = async (token: string) => {
  const { status, json } = await api.h2.request('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
    body: { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', spec: { token } },
  })
  expect(status).toBe(201)
  return json.status
}

describe('ID tokens', () => {
  it('name the user by claims', async () => {
    const token = await issuer.sign({ hd: 'example.com', groups: ['x', 'y'], jti: '17' })
    expect((await whoami(token)).json.status.userInfo).toEqual({
      username: 'oidc:ada',
      groups: ['g:x', 'g:y', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=17'] },
    })
    const one = await issuer.sign({ hd: 'example.com', groups: 'single' })
    expect((await whoami(one)).json.status.userInfo.groups).toEqual(['g:single', 'system:authenticated'])
  })

  it('name the user by expressions, for any of the audiences', async () => {
    const token = await other.sign({ ...good, aud: ['nobody', 'other'] })
    expect((await whoami(token)).json.status.userInfo).toEqual({
      username: 'grace@example.com',
      uid: '9',
      groups: ['dev', 'ops', 'system:authenticated'],
      extra: { 'example.com/tenant': ['a'] },
    })
  })

  it.each([
    ['expired', { exp: 1_000_000_000 }, 'oidc: verify token: oidc: token is expired'],
    ['not valid yet', { nbf: 4_000_000_000 }, 'before the nbf (not before) time'],
    ['for somebody else', { aud: 'others' }, 'oidc: verify token: oidc: expected audience "kubets" got ["others"]'],
    ['without a required claim', { hd: undefined }, 'oidc: required claim hd not present in ID token'],
    [
      'with another value of it',
      { hd: 'x.org' },
      'oidc: required claim hd value does not match. Got = x.org, want = example.com',
    ],
    ['without its user', { sub: undefined }, 'oidc: parse username claims "sub": claim not present'],
    ['with groups that are none', { groups: [1] }, 'oidc: parse groups claim "groups"'],
  ])('one that is %s is refused, and a review says why', async (_, claims, message) => {
    const token = await issuer.sign({ hd: 'example.com', ...claims })
    expect((await whoami(token)).status).toBe(401)
    expect((await review(token)).error).toContain(message)
  })

  it.each([
    [
      'level',
      { level: 2 },
      "error evaluating claim validation expression: validation expression 'claims.level > 2.0' failed: the level is too low",
    ],
    [
      'reserved name',
      { email: 'system:admin' },
      "error evaluating user info validation rule: validation expression '!user.username.startsWith('system:')' failed: reserved",
    ],
    [
      'missing claim',
      { email: undefined },
      "oidc: error evaluating username claim expression: expression 'claims.email_verified",
    ],
    ['wrong type', { roles: 5 }, 'oidc: error evaluating group claim expression'],
  ])('expressions refuse a %s', async (_, claims, message) => {
    const token = await other.sign({ ...good, ...claims })
    expect((await whoami(token)).status).toBe(401)
    expect((await review(token)).error).toContain(message)
  })

  it('are not believed when another has signed them, or nobody', async () => {
    const [head, payload] = (await issuer.sign({ hd: 'example.com' })).split('.')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    const foreign = await other.sign({ hd: 'example.com', iss: issuer.url })
    const symmetric = await issuer.sign({ hd: 'example.com' }, 'ES256')
    for (const token of [none, `${head}.${payload}.AAAA`, foreign, symmetric]) {
      expect((await whoami(token)).status).toBe(401)
    }
    expect((await review(`${none}x`)).error).toContain('id token signed with unsupported algorithm')
  })

  it('of a new key are believed at once; what the old one signed is not', async () => {
    const old = await issuer.sign({ hd: 'example.com', sub: 'old' })
    await issuer.rotate()
    await expect.poll(async () => (await whoami(await issuer.sign({ hd: 'example.com', sub: 'new' }))).status).toBe(201)
    expect((await whoami(old)).status).toBe(401)
    const before = issuer.asked()
    for (let i = 0; i < 20; i++) await whoami(await other.sign({ iss: issuer.url }))
    // tokens of unknown keys do not flood the issuer
    expect(issuer.asked() - before).toBeLessThan(4)
  })
})

describe('an AuthenticationConfiguration', () => {
  it('is followed when it changes; a wrong one changes nothing', async () => {
    const file = join(directory, 'authentication.json')
    const write = (configuration: object) =>
      writeFile(
        file,
        JSON.stringify({
          apiVersion: 'apiserver.config.k8s.io/v1',
          kind: 'AuthenticationConfiguration',
          ...configuration,
        }),
      )
    const without = { ...plain(issuer), claimValidationRules: [] }
    await write({ jwt: [without] })
    const configuration = { jwt: [without] }
    await using one = await serve(configuration, { reloadFile: file, reloadInterval: 20 })
    await using by = await http2Client(one.connection)
    await expect.poll(async () => (await whoami(await issuer.sign(), by)).status).toBe(201)
    await write({ jwt: [{ ...without, issuer: {} }] })
    await write({ jwt: [{ ...plain(other), claimValidationRules: [] }] })
    await expect.poll(async () => (await whoami(await other.sign(), by)).status).toBe(201)
    expect((await whoami(await issuer.sign(), by)).status).toBe(401)
  })

  it("believes the issuer's authority as it stands in the file of --oidc-ca-file", async () => {
    await using one = await testIssuer()
    const authority = changeable(one.ca, () => undefined)
    const { issuer: _, ...mappings } = plain(one)
    await using of = await serve(
      { jwt: [{ ...mappings, claimValidationRules: [], issuer: { url: one.url, audiences: ['kubets'] } }] },
      { certificateAuthority: authority },
    )
    await using by = await http2Client(of.connection)
    await expect.poll(async () => (await whoami(await one.sign(), by)).status).toBe(201)
    // new keys are asked for over a new connection
    authority.set(other.ca)
    await one.rotate()
    expect((await whoami(await one.sign(), by)).status).toBe(401)
    authority.set(one.ca)
    await expect.poll(async () => (await whoami(await one.sign(), by)).status).toBe(201)
  })

  it('finds an issuer elsewhere than its name says', async () => {
    await using hidden = await testIssuer({ discoveredAs: 'https://issuer.example.com' })
    await using one = await serve({
      jwt: [
        {
          issuer: {
            url: 'https://issuer.example.com',
            discoveryURL: `${hidden.url}/.well-known/openid-configuration`,
            certificateAuthority: hidden.ca,
            audiences: ['kubets'],
          },
          claimMappings: { username: { claim: 'sub', prefix: '' } },
        },
      ],
    })
    await using by = await http2Client(one.connection)
    await expect.poll(async () => (await whoami(await hidden.sign(), by)).status).toBe(201)
  })

  it.each([
    ['', 'empty config data'],
    ['kind: AuthenticationConfiguration', "Object 'apiVersion' is missing"],
    ['{kind: Pod, apiVersion: v1}', 'no kind "Pod" is registered for version "v1"'],
    [
      '{kind: AuthenticationConfiguration, apiVersion: apiserver.config.k8s.io/v1, jwt: [{issuer: {uri: x}}]}',
      'strict decoding error: unknown field "jwt[0].issuer.uri"',
    ],
    ['{kind: AuthenticationConfiguration, apiVersion: apiserver.config.k8s.io/v1, jwt: {}}', 'jwt must be a list'],
  ])('%j cannot be read', async (text, message) => {
    await expect(loadAuthenticationConfiguration(text)).rejects.toThrow(message)
  })

  const username = { claim: 'sub', prefix: '' }
  const of = (change: JwtAuthenticatorConfiguration) => ({
    jwt: [{ issuer: { url: 'https://a', audiences: ['x'] }, claimMappings: { username }, ...change }],
  })
  it.each<[string, AuthenticationConfiguration, string[]]>([
    ['nothing', of({}), []],
    [
      'no issuer',
      { jwt: [{}] },
      [
        'jwt[0].issuer.url: Required value',
        'jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required',
        'jwt[0].claimMappings.username: Required value: claim or expression is required',
      ],
    ],
    [
      'http',
      of({ issuer: { url: 'http://a', audiences: ['x'] } }),
      ['jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https'],
    ],
    [
      'our own issuer',
      of({ issuer: { url: 'https://own', audiences: ['x'] } }),
      ['jwt[0].issuer.url: Invalid value: "https://own": URL must not overlap with disallowed issuers: [https://own]'],
    ],
    [
      'two audiences',
      of({ issuer: { url: 'https://a', audiences: ['x', 'y'] } }),
      [
        'jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
      ],
    ],
    [
      'no prefix',
      of({ claimMappings: { username: { claim: 'sub' } } }),
      [
        'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
      ],
    ],
    [
      'an unverified email',
      of({ claimMappings: { username: { expression: 'claims.email' } } }),
      [
        'jwt[0].claimMappings.username.expression: Invalid value: "claims.email": claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
      ],
    ],
    [
      'a rule that is no question',
      of({ claimValidationRules: [{ expression: "'a'" }] }),
      ['jwt[0].claimValidationRules[0].expression: Invalid value: "\'a\'": must evaluate to bool'],
    ],
    [
      'a reserved key',
      of({ claimMappings: { username, extra: [{ key: 'x.kubernetes.io/a', valueExpression: "'a'" }] } }),
      [
        'jwt[0].claimMappings.extra[0].key: Invalid value: "x.kubernetes.io/a": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
      ],
    ],
    [
      'conditions of nobody',
      { anonymous: { enabled: false, conditions: [{ path: '/livez' }] } },
      ['anonymous.conditions: Invalid value'],
    ],
  ])('with %s', (_, configuration, expected) => {
    const { causes } = validateAuthentication(configuration, ['https://own'])
    const said = causes.map(({ field, message }) => `${field}: ${message}`)
    expect(said).toHaveLength(expected.length)
    for (const [i, text] of expected.entries()) expect(said[i]).toContain(text)
  })

  it('from --oidc-* flags prefixes users with the issuer, and its file excludes them', async () => {
    const { CertificateFiles, parseFlags, silentLogger } = await import('@kubets/component')
    const files = new CertificateFiles({ logger: silentLogger(), signal: AbortSignal.abort() })
    const { authenticationFlags } = await import('../flags.ts')
    const of = (...argv: string[]) => {
      const { values, given } = parseFlags(authenticationFlags, argv)
      return authenticationFromFlags(values, given, undefined, files)
    }
    const found = await of(
      '--oidc-issuer-url=https://a',
      '--oidc-client-id=x',
      '--oidc-required-claim=a=b,c',
      '--oidc-groups-claim=roles',
    )
    expect(found.jwt).toMatchObject({
      algorithms: ['RS256'],
      configuration: {
        jwt: [
          {
            issuer: { url: 'https://a', audiences: ['x'] },
            claimMappings: { username: { claim: 'sub', prefix: 'https://a#' }, groups: { claim: 'roles', prefix: '' } },
            claimValidationRules: [{ claim: 'a', requiredValue: 'b,c' }],
          },
        ],
      },
    })
    const authority = join(directory, 'issuer-ca.crt')
    await writeFile(authority, issuer.ca)
    const named = await of('--oidc-issuer-url=https://a', '--oidc-client-id=x', `--oidc-ca-file=${authority}`)
    expect(named.jwt?.certificateAuthority?.current).toBe(issuer.ca)
    await expect(of('--oidc-client-id=x')).rejects.toThrow(
      'oidc-issuer-url and oidc-client-id must be specified together',
    )
    await expect(of('--oidc-client-id=x', '--authentication-config=y')).rejects.toThrow('mutually exclusive')
    const file = join(directory, 'anonymous.yaml')
    await writeFile(
      file,
      'kind: AuthenticationConfiguration\napiVersion: apiserver.config.k8s.io/v1\nanonymous: { enabled: true, conditions: [{ path: /livez }] }\n',
    )
    expect((await of(`--authentication-config=${file}`)).anonymous).toEqual({ enabled: true, paths: ['/livez'] })
    await expect(of(`--authentication-config=${file}`, '--anonymous-auth=true')).rejects.toThrow(
      '--anonymous-auth flag cannot be set',
    )
  })
})
