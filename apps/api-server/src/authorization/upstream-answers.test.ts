import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'

/** What kube-apiserver 1.36.1 answered with `--authorization-mode=Node,RBAC` to one request after the other. */
interface Recorded {
  /** Whom the administrator impersonates: a user and the groups. */
  as?: [user: string, ...groups: string[]]
  method: string
  path: string
  body?: object
  type?: string
  code: number
  /** Of a refusal. */
  message?: string
  /** Of a review. */
  status?: { reason?: string; resourceRules?: object[]; nonResourceRules?: object[] }
}

const file = join(import.meta.dirname, 'testdata/upstream-answers.jsonl')
const recorded = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded)

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer({ authorization: ['Node', 'RBAC'] })
})
afterAll(() => api[Symbol.asyncDispose]())

const title = ({ as: [user] = ['admin'], method, path, body }: Recorded) =>
  `${user} ${method} ${path} ${JSON.stringify(body ?? '')}`.slice(0, 300)

it.each(recorded.map((one, i) => [i, title(one), one] as const))('%d %s', async (_i, _title, one) => {
  const [user, ...groups] = one.as ?? []
  const body = one.body === undefined ? undefined : JSON.stringify(one.body)
  const reply = await api.h1.request(one.method, one.path, {
    headers: {
      ...(user === undefined ? {} : { 'impersonate-user': user }),
      ...(groups.length === 0 ? {} : { 'impersonate-group': groups }),
      ...(body === undefined
        ? {}
        : { 'content-type': one.type ?? 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
    },
    ...(body === undefined ? {} : { body }),
  })
  expect([reply.status, reply.status < 400 ? undefined : reply.json?.message]).toEqual([one.code, one.message])
  if (one.status !== undefined) expect(inOrder(reply.json.status)).toEqual(inOrder(one.status))
})

/** Upstream asks the bindings in no order: the rules of a review have none either. */
function inOrder({ resourceRules, nonResourceRules, ...status }: NonNullable<Recorded['status']>): object {
  const sorted = (rules: object[] | undefined) =>
    rules?.map(rule => JSON.stringify(rule, Object.keys(rule).sort())).sort()
  return { ...status, resourceRules: sorted(resourceRules), nonResourceRules: sorted(nonResourceRules) }
}
