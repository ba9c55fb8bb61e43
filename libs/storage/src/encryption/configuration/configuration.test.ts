import { silentLogger, systemClock } from '@kubets/component'
import { describe, expect, test } from 'vitest'
import { KmsMetrics } from '../kms/metrics.ts'
import { TransformationMetrics } from '../metrics.ts'
import { ResourceTransformers } from '../resource-transformers.ts'
import { configuration, key, kms, place, provider } from '../testing/fixture.ts'
import { nothing, type Opened } from '../transformer.ts'
import { buildTransformers } from './build.ts'
import { decodeConfiguration } from './decode.ts'
import { nameOf, parseGroupResource } from './group-resource.ts'
import { validateConfiguration } from './validation.ts'

const check = async (text: string, reload = false) =>
  validateConfiguration(await decodeConfiguration(text), reload).map(({ field, message }) => `${field}: ${message}`)
const build = async (text: string) =>
  buildTransformers(await decodeConfiguration(text), {
    clock: systemClock,
    logger: silentLogger(),
    transformations: new TransformationMetrics(),
    kms: new KmsMetrics('test'),
    signal: new AbortController().signal,
  })
const identity = ['identity: {}']

describe('a configuration that cannot be read', () => {
  const head = 'kind: EncryptionConfiguration\napiVersion: apiserver.config.k8s.io/v1\n'
  test.each([
    ['apiVersion: apiserver.config.k8s.io/v1\n', "Object 'Kind' is missing"],
    ['kind: EncryptionConfiguration\n', "Object 'apiVersion' is missing"],
    [
      'kind: Foo\napiVersion: apiserver.config.k8s.io/v1\n',
      'no kind "Foo" is registered for version "apiserver.config.k8s.io/v1" in scheme "pkg/runtime/scheme.go:111"',
    ],
    [
      'kind: EncryptionConfiguration\napiVersion: v1\n',
      'no kind "EncryptionConfiguration" is registered for version "v1"',
    ],
    [
      `${head}resources:\n- resources: [secrets]\n  foo: 1\n  providers:\n  - identity: {}\n    bar: 2\n`,
      'strict decoding error: unknown field "resources[0].foo", unknown field "resources[0].providers[0].bar"',
    ],
    [`${head}resources:\n- resources: secrets\n`, 'json: cannot unmarshal string into'],
    [
      `${head}resources:\n- providers:\n  - kms: {cachesize: many}\n`,
      'resources[0].providers[0].kms.cachesize of type int32',
    ],
    [`${head}resources:\n- providers:\n  - kms: {timeout: soon}\n`, 'resources[0].providers[0].kms.timeout'],
  ])('%j', async (text, message) => {
    await expect(decodeConfiguration(text)).rejects.toThrow(message)
  })

  test('no error shows what stands in it: there are keys', async () => {
    const secret = key(5)
    const texts = [
      `${head}resources:\n- providers:\n  - aesgcm: {keys: [{name: a, secret: ["${secret}"]}]}\n`,
      `${head}resources:\n- providers:\n  - aesgcm: {keys: [{name: a, secret: "${secret}", secret: "${secret}"}]}\n`,
      `${head}resources:\n- providers:\n  - aesgcm: "${secret}"\n\tx: [\n`,
      `apiVersion: v1\nsecret: ${secret}\n`,
    ]
    for (const text of texts) {
      const error = await decodeConfiguration(text).catch(failed => failed as Error)
      expect(error).toBeInstanceOf(Error)
      expect(String((error as Error).stack)).not.toContain(secret)
    }
    const both = await check(
      configuration({
        resources: ['secrets'],
        providers: [`{aesgcm: {keys: [{name: a, secret: "${secret}"}]}, identity: {}}`],
      }),
    )
    expect(both.join()).not.toContain(secret)
  })
})

test('the old name of the kind, and JSON, are read too', async () => {
  const old = {
    kind: 'EncryptionConfig',
    apiVersion: 'v1',
    resources: [{ resources: ['secrets'], providers: [{ identity: {} }] }],
  }
  expect(await decodeConfiguration(JSON.stringify(old))).toEqual({
    resources: [{ resources: ['secrets'], providers: [{ identity: {} }] }],
  })
})

test('a KMS has its defaults', async () => {
  const read = async (text: string) =>
    (await decodeConfiguration(configuration({ resources: ['secrets'], providers: [text] }))).resources[0]?.providers[0]
      ?.kms
  expect(await read('{kms: {name: a, endpoint: "unix:///a"}}')).toEqual({
    apiVersion: 'v1',
    name: 'a',
    endpoint: 'unix:///a',
    timeout: 3_000,
    cachesize: 1_000,
  })
  expect(await read('{kms: {apiVersion: v2, name: a, endpoint: "unix:///a", timeout: 1m2s}}')).toEqual({
    apiVersion: 'v2',
    name: 'a',
    endpoint: 'unix:///a',
    timeout: 62_000,
  })
})

describe('a configuration that is refused', () => {
  test.each<[string, string, string[]]>([
    ['without rules', configuration(), ['resources: Required value: at least one resources is required']],
    [
      'without resources and providers',
      configuration({ resources: [], providers: [] }),
      [
        'resources[0].resources: Required value: at least one resources[0].resources is required',
        'resources[0].providers: Required value: at least one resources[0].providers is required',
      ],
    ],
    [
      'overlapping',
      configuration({ resources: ['secrets', '*.', 'secrets'], providers: identity }),
      [
        'resources[0].resources: Invalid value: ["secrets","*.","secrets"]: the same resource cannot be specified multiple times',
        `resources[0].resources: Invalid value: ["secrets","*.","secrets"]: using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked`,
      ],
    ],
    [
      'everything and something',
      configuration({ resources: ['deployments.apps', '*.*'], providers: identity }),
      [
        `resources[0].resources: Invalid value: ["deployments.apps","*.*"]: using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked`,
      ],
    ],
    [
      'with names that are none',
      configuration({
        resources: ['Secrets', '*', 'apiserveripinfo', 'events.events.k8s.io', 'x.extensions', 'a.*'],
        providers: identity,
      }),
      [
        `resources[0].resources: Invalid value: ["Secrets","*","apiserveripinfo","events.events.k8s.io","x.extensions","a.*"]: using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked`,
        'resources[0].resources[0]: Invalid value: "Secrets": resource name should not contain capital letters',
        `resources[0].resources[1]: Invalid value: "*": use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources`,
        'resources[0].resources[2]: Invalid value: "apiserveripinfo": resources which do not have REST API/s cannot be encrypted',
        `resources[0].resources[3]: Invalid value: "events.events.k8s.io": '*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file`,
        `resources[0].resources[4]: Invalid value: "x.extensions": 'extensions' group has been removed and cannot be used for encryption`,
        'resources[0].resources[5]: Invalid value: "a.*": encrypting the same resource across groups is not supported',
      ],
    ],
    [
      'with keys that are none',
      configuration({
        resources: ['secrets'],
        providers: [
          '{aesgcm: {keys: []}}',
          '{aescbc: {keys: [{name: "", secret: ""}, {name: a, secret: "!!"}, {name: a, secret: AAAA}]}}',
          `{secretbox: {keys: [{name: a, secret: "${key(1, 16)}"}]}}`,
        ],
      }),
      [
        'resources[0].providers[0].aesgcm.keys: Required value: at least one keys is required',
        'resources[0].providers[1].aescbc.keys[0].name: Required value: name is a mandatory field for a key',
        'resources[0].providers[1].aescbc.keys[0].secret: Required value: secret is a mandatory field for a key',
        'resources[0].providers[1].aescbc.keys[1].secret: Invalid value: "REDACTED": secrets must be base64 encoded',
        'resources[0].providers[1].aescbc.keys[2].secret: Invalid value: "REDACTED": secret is not of the expected length, got 3, expected one of [16 24 32]',
        'resources[0].providers[2].secretbox.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 16, expected one of [32]',
      ],
    ],
    [
      'with plugins that are none',
      configuration({
        resources: ['secrets'],
        providers: [
          '{kms: {name: "a:b", apiVersion: v2, endpoint: "http://x", timeout: 0s, cachesize: 3}}',
          '{kms: {name: "a:b", apiVersion: v3, endpoint: "", timeout: -1ms}}',
          '{kms: {name: "", apiVersion: v1, endpoint: ":foo", cachesize: 0}}',
        ],
      }),
      [
        `resources[0].providers[0].kms.name: Invalid value: "a:b": invalid KMS provider name a:b, must not contain ':'`,
        'resources[0].providers[0].kms.timeout: Invalid value: "0s": timeout should be a positive value',
        'resources[0].providers[0].kms.endpoint: Invalid value: "http://x": unsupported scheme "http" for KMS provider, only unix is supported',
        'resources[0].providers[0].kms.cachesize: Invalid value: 3: cachesize is not supported in v2',
        `resources[0].providers[1].kms.name: Invalid value: "a:b": invalid KMS provider name a:b, must not contain ':'`,
        'resources[0].providers[1].kms.name: Invalid value: "a:b": duplicate KMS provider name a:b, names must be unique',
        'resources[0].providers[1].kms.timeout: Invalid value: "-1ms": timeout should be a positive value',
        'resources[0].providers[1].kms.endpoint: Required value: endpoint is a mandatory field for a kms',
        'resources[0].providers[1].kms.apiVersion: Invalid value: "v3": unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported',
        'resources[0].providers[2].kms.name: Required value: name is a mandatory field for a provider',
        'resources[0].providers[2].kms.endpoint: Invalid value: ":foo": invalid endpoint for kms provider, error: parse ":foo": missing protocol scheme',
        'resources[0].providers[2].kms.cachesize: Invalid value: 0: cachesize should be a positive value, or negative to disable',
      ],
    ],
    [
      'with none or two providers in one element',
      configuration({
        resources: ['secrets'],
        providers: ['{}', '{identity: }', `{identity: {}, aesgcm: {keys: [{name: a, secret: "${key(1)}"}]}}`],
      }),
      [
        'resources[0].providers[0]: Invalid value: "REDACTED": provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity',
        'resources[0].providers[1]: Invalid value: "REDACTED": provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity',
        'resources[0].providers[2]: Invalid value: "REDACTED": more than one provider specified in a single element, should split into different list elements',
      ],
    ],
  ])('%s', async (_, text, errors) => {
    expect(await check(text)).toEqual(errors)
  })

  test('two rules may use one KMS v1 name unless the file is read again while the server runs', async () => {
    const text = configuration({
      resources: ['secrets'],
      providers: ['{kms: {name: a, endpoint: "unix:///a"}}', '{kms: {name: a, endpoint: "unix:///a"}}'],
    })
    expect(await check(text)).toEqual([])
    expect(await check(text, true)).toEqual([
      'resources[0].providers[1].kms.name: Invalid value: "a": duplicate KMS provider name a, names must be unique',
    ])
  })

  test('KMS v1', async () => {
    const text = configuration({ resources: ['secrets'], providers: ['{kms: {name: a, endpoint: "unix:///a"}}'] })
    await expect(build(text)).rejects.toThrow(
      'KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature.',
    )
  })

  test.each([
    [['*.'], ['secrets'], 'resource "secrets" is masked by earlier rule "*."'],
    [['*.apps'], ['deployments.apps'], 'resource "deployments.apps" is masked by earlier rule "*.apps"'],
    [['*.*'], ['*.apps'], 'resource "*.apps" is masked by earlier rule "*.*"'],
    [['*.*'], ['*.*'], 'resource "*.*" is masked by earlier rule "*.*"'],
  ])('%j before %j', async (first, second, message) => {
    const rules = [first, second].map(resources => ({ resources, providers: identity }))
    await expect(build(configuration(...rules))).rejects.toThrow(message)
  })
})

test('the most special rule holds: a kind, its group, everything', async () => {
  const { transformers } = await build(
    configuration(
      { resources: ['events'], providers: identity },
      { resources: ['secrets', 'deployments.apps'], providers: [provider('aesgcm', ['own', 1])] },
      { resources: ['*.apps'], providers: [provider('aesgcm', ['group', 1])] },
      { resources: ['*.'], providers: [provider('aesgcm', ['core', 1])] },
      { resources: ['*.*'], providers: [provider('aesgcm', ['all', 1])] },
    ),
  )
  const resources = new ResourceTransformers(transformers)
  const writes = (name: string) => {
    const kind = parseGroupResource(name)
    const sealed = resources.of(kind, nameOf(kind)).seal(Buffer.from('plain'), place('/registry/x', name), nothing)
    return Buffer.from(sealed).toString('latin1').split(':')[4] ?? 'nobody'
  }
  expect(
    ['events', 'secrets', 'pods', 'deployments.apps', 'daemonsets.apps', 'crontabs.stable.example.com'].map(writes),
  ).toEqual(['nobody', 'own', 'core', 'own', 'group', 'all'])
})

test('keys that are not the first of the first provider read, and tell that the value is stale', async () => {
  const old = configuration({ resources: ['secrets'], providers: [provider('aescbc', ['old', 1])] })
  const rotated = configuration({
    resources: ['secrets'],
    providers: [provider('aesgcm', ['new', 2], ['older', 3]), provider('aescbc', ['old', 1]), ...identity],
  })
  const of = async (text: string) => {
    const { transformers } = await build(text)
    return new ResourceTransformers(transformers).of({ group: '', resource: 'secrets' }, 'secrets')
  }
  const at = place('/registry/secrets/default/a')
  const now = await of(rotated)
  const plain = Buffer.from('plain')
  const opened = (stored: Uint8Array) => now.open(stored, at) as Opened
  expect(opened((await of(old)).seal(plain, at, nothing))).toEqual({ value: plain, stale: true })
  expect(opened(plain)).toEqual({ value: plain, stale: true })
  const sealed = now.seal(plain, at, nothing)
  expect(Buffer.from(sealed).toString('latin1')).toMatch(/^k8s:enc:aesgcm:v1:new:/)
  expect(opened(sealed)).toEqual({ value: plain, stale: false })
  const second = await of(configuration({ resources: ['secrets'], providers: [provider('aesgcm', ['older', 3])] }))
  expect(opened(second.seal(plain, at, nothing))).toEqual({ value: plain, stale: true })
})

test('one provider may stand twice with other keys of the same name', async () => {
  const of = async (...providers: string[]) => {
    const { transformers } = await build(configuration({ resources: ['secrets'], providers }))
    return new ResourceTransformers(transformers).of({ group: '', resource: 'secrets' }, 'secrets')
  }
  const at = place('/registry/secrets/default/a')
  const [one, two] = [provider('aesgcm', ['key', 1]), provider('aesgcm', ['key', 2])]
  const sealed = (await of(one)).seal(Buffer.from('plain'), at, nothing)
  expect((await of(two, one)).open(sealed, at)).toEqual({ value: Buffer.from('plain'), stale: true })
  const neither = await of(two, provider('aesgcm', ['other', 1]))
  expect(() => neither.open(sealed, at)).toThrow(
    '[cipher: message authentication failed, no matching key was found for the provided AES transformer]',
  )
  expect(() => neither.open(Buffer.from('k8s:enc:secretbox:v1:key:…'), at)).toThrow('no matching prefix found')
})

test('a plugin that is not there yet is no error', async () => {
  const stop = new AbortController()
  const text = configuration({ resources: ['secrets'], providers: [kms('away', 'unix:///nowhere/kms.sock', '50ms')] })
  const { transformers } = await buildTransformers(await decodeConfiguration(text), {
    clock: systemClock,
    logger: silentLogger(),
    transformations: new TransformationMetrics(),
    kms: new KmsMetrics('test'),
    signal: stop.signal,
  })
  expect(() => transformers.get('secrets')?.seal(Buffer.from('x'), place('/registry/secrets/a'), nothing)).toThrow(
    'got unexpected nil transformer',
  )
  stop.abort()
})
