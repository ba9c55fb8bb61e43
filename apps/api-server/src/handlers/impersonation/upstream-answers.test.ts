import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseFlags } from '@kubets/component'
import { createSigningKey } from '@kubets/pki'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { auditFlags, auditOptions } from '../../audit/flags.ts'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'
import { type HttpClient, http1Client } from '../../testing/http-client.ts'

/** What kube-apiserver 1.36.1 answered with `--authorization-mode=Node,RBAC` to one request after the other. */
interface Recorded {
  /** The token that is shown, or the name under which one was kept. Default: an administrator's. */
  as?: string
  method: string
  path: string
  headers?: Record<string, string | string[]>
  body?: object
  /** What is kept of the answer: a token, or the uid of a pod for `${podUid}`. */
  keep?: string
  code: number
  /** Of a refusal. */
  message?: string
  /** Of a SelfSubjectReview. */
  userInfo?: object
  /** What the audit log says. */
  audit?: { impersonatedUser?: object; authenticationMetadata?: object }
}

const recorded = (await readFile(join(import.meta.dirname, 'testdata/upstream-answers.jsonl'), 'utf8'))
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded)

const users = ['constrained', 'wide', 'legacy', 'noder', 'accounter', 'ononly', 'both', 'nobody']
const undo = new AsyncDisposableStack()
const kept = new Map<string, string>()
const auditIds = new Map<Recorded, string>()
let api: TestApiServer
let client: HttpClient
let auditLog: string

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-impersonation-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const policy = join(directory, 'policy.yaml')
  auditLog = join(directory, 'audit.log')
  const rules = 'omitStages: [RequestReceived]\nrules: [{level: Metadata}]\n'
  await writeFile(policy, `apiVersion: audit.k8s.io/v1\nkind: Policy\n${rules}`)
  const flags = [`--audit-policy-file=${policy}`, `--audit-log-path=${auditLog}`]
  api = undo.use(
    await testApiServer({
      authorization: ['Node', 'RBAC'],
      tokens: ['admin,admin,1,"system:masters"', ...users.map((name, i) => `${name},${name},${i + 2}`), ''].join('\n'),
      serviceAccounts: { issuers: ['https://kubernetes.default.svc'], signingKey: (await createSigningKey()).key },
      audit: auditOptions(parseFlags(auditFlags, flags).values),
    }),
  )
  client = undo.use(http1Client(api.connection))
})
afterAll(() => undo.disposeAsync())

const title = ({ as = 'admin', method, path, headers }: Recorded) =>
  `${as} ${method} ${path} ${JSON.stringify(headers ?? '')}`

it.each(recorded.map((one, i) => [i, title(one), one] as const))('%d %s', async (_i, _title, one) => {
  const as = one.as ?? 'admin'
  const body = JSON.stringify(one.body)?.replace(/\$\{(\w+)\}/g, (_, name: string) => kept.get(name) ?? '')
  const reply = await client.request(one.method, one.path, {
    headers: {
      authorization: `Bearer ${kept.get(as) ?? as}`,
      ...one.headers,
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    },
    ...(body === undefined ? {} : { body }),
  })
  if (one.keep !== undefined)
    kept.set(one.keep, one.keep === 'podUid' ? reply.json.metadata.uid : reply.json.status.token)
  auditIds.set(one, String(reply.headers['audit-id']))
  expect([reply.status, reply.status < 400 ? undefined : reply.json?.message]).toEqual([one.code, one.message])
  if (one.userInfo !== undefined) expect(reply.json.status.userInfo).toEqual(one.userInfo)
})

it('tells the audit log who it was, and by which verb', async () => {
  const wanted = recorded.filter(({ audit }) => audit !== undefined)
  const events = async () =>
    new Map(
      (await readFile(auditLog, 'utf8'))
        .split('\n')
        .filter(line => line.includes('"ResponseComplete"'))
        .map(line => JSON.parse(line) as { auditID: string } & NonNullable<Recorded['audit']>)
        .map(event => [event.auditID, event] as const),
    )
  await expect.poll(async () => (await events()).size).toBeGreaterThanOrEqual(recorded.length)
  const said = await events()
  for (const one of wanted) {
    const { impersonatedUser, authenticationMetadata } = said.get(auditIds.get(one) ?? '') ?? {}
    expect.soft({ impersonatedUser, authenticationMetadata }, title(one)).toEqual(one.audit)
  }
})

it('counts who became whom, in which way', async () => {
  const { text } = await client.request('GET', '/metrics', { headers: { authorization: 'Bearer admin' } })
  const value = (series: string) =>
    Number(
      text
        .split('\n')
        .find(line => line.startsWith(series))
        ?.split(' ')[1],
    )
  const asked = recorded.filter(({ headers }) => headers?.['impersonate-user'] !== undefined)
  const became = asked.filter(({ audit }) => audit?.impersonatedUser !== undefined)
  const by = (verb: string | undefined) =>
    became.filter(({ audit }) => {
      const metadata = audit?.authenticationMetadata as { impersonationConstraint?: string } | undefined
      return metadata?.impersonationConstraint === verb
    }).length
  const attempts = (mode: string, decision: string) =>
    value(`apiserver_impersonation_attempts_total{mode="${mode}",decision="${decision}"}`)
  for (const mode of ['user-info', 'serviceaccount', 'arbitrary-node', 'associated-node'])
    expect(attempts(mode, 'allowed'), mode).toBe(by(`impersonate:${mode}`))
  expect(attempts('legacy', 'allowed')).toBe(by(undefined))
  expect(attempts('', 'denied')).toBe(asked.length - became.length)
  expect(value('apiserver_impersonation_attempts_duration_seconds_count{mode="",decision="denied"}')).toBe(
    asked.length - became.length,
  )
  expect(
    value('apiserver_impersonation_authorization_attempts_total{mode="user-info",decision="allowed"}'),
  ).toBeGreaterThan(by('impersonate:user-info'))
})
