import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../../testing/api-server.ts'

let api: TestApiServer
const path = '/api/v1/namespaces/default'
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'

beforeAll(async () => {
  api = await testApiServer({ admissionPlugins: {} })
})
afterAll(() => api[Symbol.asyncDispose]())

const account = (name: string, more: object = {}, meta: object = {}) =>
  api.h2.request('POST', `${path}/serviceaccounts`, { body: { metadata: { name, ...meta }, ...more } })
const create = (name: string, spec: object = {}, meta: object = {}) =>
  api.h2.request('POST', `${path}/pods`, {
    body: { metadata: { name, ...meta }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } },
  })

describe('the account of a pod', () => {
  it('that is missing refuses it', async () => {
    const { status, json } = await create('p1', { serviceAccountName: 'other' })
    expect([status, json.message]).toEqual([
      403,
      'pods "p1" is forbidden: error looking up service account default/other: serviceaccount "other" not found',
    ])
  })

  it.each([
    [{ generateName: 'web-' }, 'web-'],
    [{}, 'Unknown'],
  ])('that is missing refuses one of %j before it has a name', async (metadata, name) => {
    const { status, json } = await api.h2.request('POST', `${path}/pods`, {
      body: { metadata, spec: { serviceAccountName: 'other', containers: [{ name: 'c', image: 'i' }] } },
    })
    expect([status, json.message]).toEqual([
      403,
      `pods "${name}" is forbidden: error looking up service account default/other: serviceaccount "other" not found`,
    ])
  })

  it('that can be none refuses it', async () => {
    const { status, json } = await create('p1', { serviceAccountName: 'a/b' })
    expect([status, json.message]).toEqual([
      403,
      `pods "p1" is forbidden: error looking up service account default/a/b: invalid resource name "a/b": [may not contain '/']`,
    ])
  })

  it('is waited for where it is the default one, and gives its secrets for images', async () => {
    const coming = create('p2')
    await account('default', { imagePullSecrets: [{ name: 'registry' }] })
    const { status, json } = await coming
    expect(status).toBe(201)
    expect(json.spec).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      imagePullSecrets: [{ name: 'registry' }],
    })
  })
})

describe('the token of a pod', () => {
  it('is mounted in every container, from a volume with token, authority and namespace', async () => {
    const { json } = await create('t1', { initContainers: [{ name: 'before', image: 'i' }] })
    const volume = json.spec.volumes[0]
    expect(volume.name).toMatch(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
    expect(volume.projected).toEqual({
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 420,
    })
    for (const container of [json.spec.initContainers[0], json.spec.containers[0]])
      expect(container.volumeMounts).toEqual([{ name: volume.name, readOnly: true, mountPath }])
  })

  const cases: [string, boolean | undefined, boolean | undefined, boolean][] = [
    ['nobody says', undefined, undefined, true],
    ['the account says no', undefined, false, false],
    ['the pod says no', false, true, false],
    ['the pod wins over the account', true, false, true],
  ]
  it.each(cases)('when %s', async (words, ofPod, ofAccount, expected) => {
    const name = words.replaceAll(' ', '-').toLowerCase()
    await account(name, { automountServiceAccountToken: ofAccount })
    const { json } = await create(name, { serviceAccountName: name, automountServiceAccountToken: ofPod })
    expect(json.spec.volumes !== undefined).toBe(expected)
    expect(json.spec.containers[0].volumeMounts !== undefined).toBe(expected)
  })

  it('leaves alone what is mounted at its place, and takes a volume that stands there', async () => {
    const volumes = [{ name: 'mine', emptyDir: {} }]
    const containers = [{ name: 'c', image: 'i', volumeMounts: [{ name: 'mine', mountPath }] }]
    const taken = await create('t2', { volumes, containers })
    expect(taken.json.spec.volumes.map((v: { name: string }) => v.name)).toEqual(['mine'])
    const again = await create('t3', { volumes: [{ name: 'kube-api-access-mine', emptyDir: {} }] })
    expect(again.json.spec.volumes).toEqual([{ name: 'kube-api-access-mine', emptyDir: {} }])
    expect(again.json.spec.containers[0].volumeMounts[0].name).toBe('kube-api-access-mine')
  })

  it('follows a change of the account at once', async () => {
    await account('changing')
    expect((await create('t4', { serviceAccountName: 'changing' })).json.spec.volumes).toHaveLength(1)
    await api.h2.request('PATCH', `${path}/serviceaccounts/changing`, {
      body: { automountServiceAccountToken: false },
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    await expect
      .poll(async () => (await create(`t5-${Math.random()}`, { serviceAccountName: 'changing' })).json.spec.volumes)
      .toBeUndefined()
  })
})

describe('an account that limits the secrets of its pods', () => {
  const env = (secret: string) => [{ name: 'E', valueFrom: { secretKeyRef: { name: secret, key: 'k' } } }]
  const refusal = (what: string, kind = 'secret') =>
    `${what} is not allowed because service account limited does not reference that ${kind}`
  const refused: [string, object, string][] = [
    [
      'a volume',
      { volumes: [{ name: 'v', secret: { secretName: 'hidden' } }] },
      refusal('volume with secret.secretName="hidden"'),
    ],
    [
      'a variable',
      { containers: [{ name: 'c', image: 'i', env: env('hidden') }] },
      refusal('container c with envVar E referencing secret.secretName="hidden"'),
    ],
    [
      'an init container',
      { initContainers: [{ name: 'b', image: 'i', envFrom: [{ secretRef: { name: 'hidden' } }] }] },
      refusal('init container b with envFrom referencing secret.secretName="hidden"'),
    ],
    [
      'a pull secret',
      { imagePullSecrets: [{ name: 'hidden' }] },
      refusal('imagePullSecrets[0].name="hidden"', 'imagePullSecret'),
    ],
  ]

  beforeAll(async () => {
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' }
    const made = await account('limited', { secrets: [{ name: 'shown' }] }, { annotations })
    expect(made.status).toBe(201)
  })

  it.each(refused)('refuses others in %s', async (_where, spec, message) => {
    const { status, json } = await create('s1', { serviceAccountName: 'limited', ...spec })
    expect([status, json.message]).toEqual([403, `pods "s1" is forbidden: ${message}`])
  })

  it('lets pods name those that it lists, and watches what is added to debug them', async () => {
    const { status } = await create('s2', {
      serviceAccountName: 'limited',
      volumes: [{ name: 'v', secret: { secretName: 'shown' } }],
    })
    expect(status).toBe(201)
    const debug = (secret: string) =>
      api.h2.request('PATCH', `${path}/pods/s2/ephemeralcontainers`, {
        body: { spec: { ephemeralContainers: [{ name: 'd', image: 'i', env: env(secret) }] } },
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
      })
    const no = await debug('hidden')
    expect([no.status, no.json.message]).toEqual([
      403,
      `pods "s2" is forbidden: ${refusal('ephemeral container d with envVar E referencing secret.secretName="hidden"')}`,
    ])
    expect((await debug('shown')).status).toBe(200)
  })
})

describe("a static pod's mirror", () => {
  const annotations = { 'kubernetes.io/config.mirror': 'x' }
  it('gets neither account nor token', async () => {
    const { json } = await create('m1', { nodeName: 'n1' }, { annotations })
    expect([json.spec.serviceAccountName, json.spec.volumes]).toEqual([undefined, undefined])
  })
  it('may not name what only the API gives', async () => {
    const { status, json } = await create('m2', { serviceAccountName: 'default' }, { annotations })
    expect([status, json.message]).toEqual([
      403,
      'pods "m2" is forbidden: a mirror pod may not reference service accounts',
    ])
  })
})
