import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, silentLogger } from '@kubets/component'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Authorizer, alwaysAllow, alwaysDeny } from '../authorizer.ts'
import { type AuthorizationFlags, authorizationFromFlags } from './from-flags.ts'
import { loadAuthorization } from './load.ts'
import { reloading } from './reload.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-authorization-'))
})
afterAll(() => rm(folder, { recursive: true }))

const file = async (name: string, text: string) => {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const unset: AuthorizationFlags = {
  'authorization-mode': [],
  'authorization-policy-file': undefined,
  'authorization-webhook-config-file': undefined,
  'authorization-webhook-version': undefined,
  'authorization-webhook-cache-authorized-ttl': undefined,
  'authorization-webhook-cache-unauthorized-ttl': undefined,
  'authorization-config': undefined,
}
const fromFlags = (flags: Partial<AuthorizationFlags>) => authorizationFromFlags({ ...unset, ...flags })

it('nothing said is AlwaysAllow, and modes are asked in their order', async () => {
  expect(await fromFlags({})).toEqual({ authorizers: [{ type: 'AlwaysAllow' }] })
  expect(await fromFlags({ 'authorization-mode': ['Node', 'RBAC', 'AlwaysDeny'] })).toEqual({
    authorizers: [{ type: 'Node' }, { type: 'RBAC' }, { type: 'AlwaysDeny' }],
  })
})

it('a webhook by flags', async () => {
  const { authorizers } = await fromFlags({
    'authorization-mode': ['Webhook'],
    'authorization-webhook-config-file': '/x',
    'authorization-webhook-cache-authorized-ttl': 0,
  })
  expect(authorizers).toEqual([
    {
      type: 'Webhook',
      name: 'default',
      webhook: {
        authorizedTtl: 0,
        cacheAuthorizedRequests: false,
        unauthorizedTtl: 30_000,
        cacheUnauthorizedRequests: true,
        timeout: 30_000,
        failurePolicy: 'NoOpinion',
        subjectAccessReviewVersion: 'v1beta1',
        kubeConfigFile: '/x',
      },
    },
  ])
})

it.each<[Partial<AuthorizationFlags>, string]>([
  [{ 'authorization-mode': ['Rbac'] }, 'authorization-mode "Rbac" is not a valid mode'],
  [{ 'authorization-mode': ['ABAC'] }, "authorization-mode ABAC's authorization policy file not passed"],
  [{ 'authorization-mode': ['Webhook'] }, "authorization-mode Webhook's authorization config file not passed"],
  [{ 'authorization-policy-file': '/p' }, 'cannot specify --authorization-policy-file without mode ABAC'],
  [
    { 'authorization-webhook-config-file': '/p' },
    'cannot specify --authorization-webhook-config-file without mode Webhook',
  ],
  [{ 'authorization-mode': ['RBAC', 'RBAC'] }, 'authorization-mode ["RBAC" "RBAC"] has mode specified more than once'],
  [
    { 'authorization-config': '/c', 'authorization-mode': ['RBAC'] },
    '--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined',
  ],
])('flags that do not fit together are told: %j', async (flags, message) => {
  await expect(fromFlags(flags)).rejects.toThrow(message)
})

it('a policy file is looked through before the start', async () => {
  const policy = await file('policy.jsonl', '{"user":"a"}\nnothing\n')
  await expect(fromFlags({ 'authorization-mode': ['ABAC'], 'authorization-policy-file': policy })).rejects.toThrow(
    `error reading policy file ${policy}, line 2: nothing: `,
  )
})

const document = (authorizers: string, version = 'v1') =>
  `apiVersion: apiserver.config.k8s.io/${version}\nkind: AuthorizationConfiguration\nauthorizers:\n${authorizers}`
const webhook = (path: string, more = '') =>
  `- type: Webhook\n  name: w\n  webhook:\n    timeout: 3s\n    subjectAccessReviewVersion: v1\n    failurePolicy: Deny\n    connectionInfo: {type: KubeConfigFile, kubeConfigFile: ${path}}\n${more}`

const conditions = (...expressions: string[]) =>
  `    matchConditionSubjectAccessReviewVersion: v1\n    matchConditions: ${JSON.stringify(expressions.map(expression => ({ expression })))}\n`

it('reads a configuration, with defaults', async () => {
  const path = await file('webhook.conf', '{}')
  const text = document(`- {type: Node, name: node}\n- {type: RBAC, name: rbac}\n${webhook(path)}`)
  expect(await loadAuthorization(text)).toEqual([
    { type: 'Node' },
    { type: 'RBAC' },
    {
      type: 'Webhook',
      name: 'w',
      webhook: {
        authorizedTtl: 300_000,
        cacheAuthorizedRequests: true,
        unauthorizedTtl: 30_000,
        cacheUnauthorizedRequests: true,
        timeout: 3_000,
        failurePolicy: 'Deny',
        subjectAccessReviewVersion: 'v1',
        kubeConfigFile: path,
      },
    },
  ])
  const given = await file('authorization.yaml', text)
  expect(await fromFlags({ 'authorization-config': given })).toMatchObject({ reloadFile: given })
})

it.each([
  ['', 'authorizers: Required value: at least one authorization mode must be defined'],
  [document('- {name: x}'), 'authorizers[0].type: Required value'],
  [
    document('- {type: Magic, name: x}'),
    'authorizers[0].type: Unsupported value: "Magic": supported values: "ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"',
  ],
  [document('- {type: RBAC, name: rbac}\n- {type: RBAC, name: b}'), 'authorizers[1].type: Duplicate value: "RBAC"'],
  [document('- {type: RBAC}'), 'authorizers[0].name: Required value'],
  [document('- {type: RBAC, name: mine}'), 'expected name rbac for authorizer RBAC instead of mine'],
  [
    document('- {type: RBAC, name: rbac, webhook: {}}'),
    'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
  ],
  [document('- {type: Webhook, name: w}'), 'authorizers[0].webhook: Required value: required when type=Webhook'],
  [
    document('- {type: Webhook, name: w, webhook: {timeout: 31s, unauthorizedTTL: -1s}}'),
    '[authorizers[0].timeout: Invalid value: "31s": must be > 0s and <= 30s, authorizers[0].unauthorizedTTL: Invalid value: "-1s": must be > 0s, authorizers[0].subjectAccessReviewVersion: Required value, authorizers[0].failurePolicy: Required value, authorizers[0].connectionInfo.type: Required value]',
  ],
  [
    document(webhook('relative')),
    'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "relative": must be an absolute path',
  ],
  [
    document(webhook('/none', conditions('', 'request.user == 1', 'request.user', 'nothing'))),
    'authorizers[0].matchConditions[0].expression: Required value',
  ],
  [document(webhook('/none', conditions('request.user'))), 'must evaluate to bool but got string'],
  [
    document(webhook('/none', conditions('request.nothing == 1'))),
    `authorizers[0].matchConditions[0].expression: Invalid value: "request.nothing == 1": compilation failed: ERROR: <input>:1:8: undefined field 'nothing'`,
  ],
  [document('- {type: RBAC, name: rbac, nmae: x}'), 'unknown field "authorizers[0].nmae"'],
  [
    document('- {type: RBAC, name: rbac}', 'v9'),
    'no kind "AuthorizationConfiguration" is registered for version "apiserver.config.k8s.io/v9"',
  ],
])('refuses a configuration: %s', async (text, message) => {
  await expect(loadAuthorization(text)).rejects.toThrow(message)
})

it('a file that changes is read again; one that cannot be used changes nothing', async () => {
  const path = await file('reloaded.yaml', document('- {type: AlwaysAllow, name: alwaysallow}'))
  const stop = new AbortController()
  const ticks: (() => void)[] = []
  const clock: Clock = {
    now: () => 0,
    after(_ms, callback) {
      ticks.push(callback)
      return () => undefined
    },
  }
  const logged: unknown[] = []
  const logger = { ...silentLogger(), error: (what: unknown) => logged.push(what), info() {} }
  const made: Authorizer[] = []
  const authorizer = reloading({
    file: path,
    authorizers: [{ type: 'AlwaysAllow' }],
    authorizer: alwaysAllow,
    async make(configured) {
      const one = configured.some(({ type }) => type === 'AlwaysDeny') ? alwaysDeny : alwaysAllow
      made.push(one)
      return one
    },
    clock,
    logger: logger as never,
    signal: stop.signal,
  })
  const asked = { user: { name: 'x', uid: '', groups: [] }, verb: 'get', group: '', version: '', resource: 'pods' }
  const decision = () => authorizer.authorize({ ...asked, subresource: '', namespace: '', name: '' })
  const tick = () =>
    expect
      .poll(() => ticks.length)
      .toBeGreaterThan(0)
      .then(() => ticks.shift()?.())
  await tick()
  // what was there at the start has to stay
  await writeFile(path, document('- {type: AlwaysDeny, name: alwaysdeny}'))
  await tick()
  await expect.poll(() => logged.length).toBe(1)
  expect(await decision()).toMatchObject({ decision: 'allow' })
  await writeFile(path, document('- {type: AlwaysDeny, name: alwaysdeny}\n- {type: AlwaysAllow, name: alwaysallow}'))
  await tick()
  await expect.poll(() => made).toEqual([alwaysDeny])
  expect(await decision()).toMatchObject({ decision: 'no opinion' })
  stop.abort()
})
