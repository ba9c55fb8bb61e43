import { createCertificateAuthority, issueCertificate, type KeyPair } from '@kubets/pki'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer, testCertificates } from '../testing/api-server.ts'
import { type HttpClient, http1Client, http2Client } from '../testing/http-client.ts'

/** Certificates that authorities have signed by way of others between, as real clients show them: with or without what leads there. */
const undo = new AsyncDisposableStack()
/** Of --client-ca-file, and of --requestheader-client-ca-file. */
let users: KeyPair
let proxies: KeyPair
/** Which of the flags are set. */
const servers = {} as Record<'both flags' | 'one flag', TestApiServer>

beforeAll(async () => {
  users = (await testCertificates()).authority
  proxies = await createCertificateAuthority('front-proxy-ca')
  const authorization = ['RBAC'] as const
  const requestHeaders = {
    ca: proxies.cert,
    allowedNames: ['front-proxy-client'],
    usernameHeaders: ['X-Remote-User'],
    uidHeaders: [],
    groupHeaders: ['X-Remote-Group'],
    extraPrefixes: [],
  }
  servers['both flags'] = undo.use(await testApiServer({ authorization, authentication: { requestHeaders } }))
  servers['one flag'] = undo.use(await testApiServer({ authorization }))
})
afterAll(() => undo.disposeAsync())

const between = (above: KeyPair, commonName = 'between') =>
  issueCertificate(above, { commonName, authority: true, usages: [] })
const client = (above: KeyPair, commonName: string) =>
  issueCertificate(above, { commonName, organizations: ['crew'], usages: ['client'] })
/** A client's key, and its certificate with others after it. */
const showing = (own: KeyPair, ...others: KeyPair[]): KeyPair => ({
  key: own.key,
  cert: [own, ...others].map(({ cert }) => cert).join('\n'),
})

const protocols = {
  'HTTP/1.1': async (options: Parameters<typeof http1Client>[0]) => http1Client(options),
  'HTTP/2': http2Client,
}

/** Who the server says that the client is; its status where it says no. */
async function whoIs(client: HttpClient): Promise<unknown> {
  const { status, json } = await client.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
    headers: { 'X-Remote-User': 'grace', 'X-Remote-Group': 'navy' },
  })
  if (status !== 201) return status
  const { username, groups } = json.status.userInfo
  return `${username} of ${groups.filter((group: string) => group !== 'system:authenticated')}`
}

describe.each(Object.entries(protocols))('over %s', (_, open) => {
  const asked = async (server: keyof typeof servers, pair: KeyPair) => {
    await using client = await open({ ...servers[server].connection, ...pair })
    return await whoIs(client)
  }

  describe.each(['both flags', 'one flag'] as const)('where authorities are those of %s', flags => {
    it('a user whose chain leads to its authority is believed, as often as it comes', async () => {
      const middle = await between(users)
      const lowest = await between(middle, 'lowest')
      const ada = showing(await client(lowest, 'ada'), lowest, middle)
      expect(await asked(flags, ada)).toBe('ada of crew')
      expect(await asked(flags, ada)).toBe('ada of crew')
      expect(await asked(flags, showing(await client(middle, 'eve'), middle))).toBe('eve of crew')
      // the authority itself may stand at the end
      expect(await asked(flags, showing(await client(middle, 'eve'), middle, users))).toBe('eve of crew')
    })

    it.each<[string, () => Promise<KeyPair>]>([
      ['without its chain', async () => client(await between(users), 'ada')],
      [
        'whose chain has a gap',
        async () => {
          const middle = await between(users)
          const lowest = await between(middle, 'lowest')
          return showing(await client(lowest, 'ada'), lowest)
        },
      ],
      [
        'of one that may not sign',
        async () => {
          const leaf = await client(users, 'no-authority')
          return showing(await client(leaf, 'ada'), leaf)
        },
      ],
      [
        'whose chain leads elsewhere',
        async () => {
          const root = await createCertificateAuthority('kubernetes')
          const middle = await between(root)
          return showing(await client(middle, 'ada'), middle, root)
        },
      ],
      [
        'beside which the chain of another stands',
        async () => showing(await client(await createCertificateAuthority('between'), 'ada'), await between(users)),
      ],
    ])('a user %s is refused', async (_, make) => {
      expect(await asked(flags, await make())).toBe(401)
    })
  })

  it('a front proxy whose chain leads to its authority says who its client is', async () => {
    const middle = await between(proxies)
    const proxy = await client(middle, 'front-proxy-client')
    expect(await asked('both flags', showing(proxy, middle))).toBe('grace of navy')
    expect(await asked('both flags', proxy)).toBe(401)
    expect(await asked('both flags', showing(await client(middle, 'another-proxy'), middle))).toBe(401)
  })

  it("is a user, not a proxy, where its chain leads to the users' authority", async () => {
    const middle = await between(users)
    const pair = showing(await client(middle, 'front-proxy-client'), middle)
    expect(await asked('both flags', pair)).toBe('front-proxy-client of crew')
  })
})
