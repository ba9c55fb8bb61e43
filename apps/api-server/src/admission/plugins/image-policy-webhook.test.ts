import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseFlags } from '@kubets/component'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { auditFlags, auditOptions } from '../../audit/flags.ts'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'

interface Review {
  kind: string
  apiVersion: string
  spec: { containers?: { image: string }[]; annotations?: Record<string, string>; namespace?: string }
}

const undo = new AsyncDisposableStack()
const asked: Review[] = []
let answer: (review: Review) => { status: object } | number
let closed: TestApiServer
let open: TestApiServer
let auditLog: string

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kubets-image-policy-'))
  undo.defer(() => rm(directory, { recursive: true, force: true }))
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const review = JSON.parse(Buffer.concat(parts).toString()) as Review
    asked.push(review)
    const said = answer(review)
    if (typeof said === 'number') response.writeHead(said).end()
    else response.end(JSON.stringify({ kind: review.kind, apiVersion: review.apiVersion, ...said }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  undo.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const kubeConfigFile = join(directory, 'images.kubeconfig')
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ask`
  await writeFile(
    kubeConfigFile,
    JSON.stringify({
      clusters: [{ name: 'w', cluster: { server: at } }],
      contexts: [{ name: 'w', context: { cluster: 'w', user: 'w' } }],
      users: [{ name: 'w', user: {} }],
      'current-context': 'w',
    }),
  )
  const policy = { kubeConfigFile, allowTtl: 60_000, denyTtl: 0, retryBackoff: 1 }
  const start = async (defaultAllow: boolean, more: object = {}) =>
    undo.use(
      await testApiServer({
        admissionPlugins: { enable: ['ImagePolicyWebhook'], disable: ['ServiceAccount'] },
        admissionConfiguration: { imagePolicy: { ...policy, defaultAllow } },
        ...more,
      }),
    )
  auditLog = join(directory, 'audit.log')
  const auditPolicy = { rules: [{ level: 'Metadata' }] }
  await writeFile(
    join(directory, 'policy'),
    JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', ...auditPolicy }),
  )
  closed = await start(false)
  open = await start(true, {
    audit: auditOptions(
      parseFlags(auditFlags, [`--audit-policy-file=${join(directory, 'policy')}`, `--audit-log-path=${auditLog}`])
        .values,
    ),
  })
})
afterAll(() => undo.disposeAsync())
beforeEach(() => void asked.splice(0))

let count = 0
const pod = (image: string, annotations?: object, more: object = {}) => ({
  metadata: { name: `p${++count}`, annotations },
  spec: { containers: [{ name: 'c', image }], ...more },
})
const create = (body: object, api = closed) => api.h2.request('POST', '/api/v1/namespaces/default/pods', { body })

it('tells the images and what annotations the policy has, and does as it is told', async () => {
  answer = ({ spec }) => ({ status: { allowed: spec.containers?.every(({ image }) => image.startsWith('good')) } })
  const init = { initContainers: [{ name: 'i', image: 'good/init' }] }
  const made = await create(pod('good/app', { 'mine.image-policy.k8s.io/ticket': '7', other: 'x' }, init))
  expect(made.status).toBe(201)
  expect(asked).toEqual([
    {
      kind: 'ImageReview',
      apiVersion: 'imagepolicy.k8s.io/v1alpha1',
      metadata: {},
      spec: {
        containers: [{ image: 'good/app' }, { image: 'good/init' }],
        annotations: { 'mine.image-policy.k8s.io/ticket': '7' },
        namespace: 'default',
      },
      status: { allowed: false },
    },
  ])
  const refused = await create(pod('bad/app'))
  expect(refused.status).toBe(403)
  expect(refused.json.message).toBe(`pods "p${count}" is forbidden: one or more images rejected by webhook backend`)
  answer = () => ({ status: { allowed: false, reason: 'not signed' } })
  expect((await create(pod('other/app'))).json.message).toBe(
    `pods "p${count}" is forbidden: image policy webhook backend denied one or more images: not signed`,
  )
})

it('remembers a yes for the same question, and no no, where none is to be kept', async () => {
  answer = () => ({ status: { allowed: true } })
  for (const _ of [1, 2]) expect((await create(pod('kept'))).status).toBe(201)
  expect(asked).toHaveLength(1)
  answer = () => ({ status: { allowed: false } })
  for (const _ of [1, 2]) expect((await create(pod('unkept'))).status).toBe(403)
  expect(asked).toHaveLength(3)
})

it('asks about ephemeral containers, and about nothing else of a pod', async () => {
  answer = () => ({ status: { allowed: true } })
  const { json } = await create(pod('first'))
  asked.splice(0)
  const at = `/api/v1/namespaces/default/pods/${json.metadata.name}`
  const merge = { 'content-type': 'application/strategic-merge-patch+json' }
  const body = { spec: { ephemeralContainers: [{ name: 'debug', image: 'tools' }] } }
  await closed.h2.request('PATCH', `${at}/ephemeralcontainers`, { body, headers: merge })
  await closed.h2.request('PATCH', `${at}/status`, { body: { status: { phase: 'Running' } }, headers: merge })
  expect(asked.map(({ spec }) => spec.containers)).toEqual([[{ image: 'tools' }]])
})

// as kube-apiserver 1.36.1 was seen to say, and how often it asked
it.each([
  [400, 'the server rejected our request for an unknown reason', 1],
  [401, 'the server has asked for the client to provide credentials', 1],
  [404, 'the server could not find the requested resource', 1],
  [409, 'the server reported a conflict', 1],
  [429, 'the server has received too many requests and has asked us to try again later', 5],
  [500, 'an error on the server ("") has prevented the request from succeeding', 5],
  [502, 'an error on the server ("") has prevented the request from succeeding', 5],
  [503, 'the server is currently unable to handle the request', 1],
  [504, 'the server was unable to return a response in the time allotted, but may still be processing the request', 5],
])('lets nothing in when the answer is %d', async (code, message, times) => {
  answer = () => code
  const { status, json } = await create(pod('nobody'))
  expect([status, json.message]).toEqual([403, `pods "p${count}" is forbidden: ${message}`])
  expect(asked).toHaveLength(times)
})

it('lets everything in instead where the policy says so; the pod and the audit log say that it did', async () => {
  answer = () => 404
  const { status, json } = await create(pod('nobody'), open)
  expect(status).toBe(201)
  expect(json.metadata.annotations).toEqual({ 'alpha.image-policy.k8s.io/failed-open': 'true' })
  const { json: read } = await open.h2.request('GET', `/api/v1/namespaces/default/pods/${json.metadata.name}`)
  expect(read.metadata.annotations).toEqual(json.metadata.annotations)
  answer = () => ({ status: { allowed: true, auditAnnotations: { 'checked-by': 'me' } } })
  await create(pod('somebody'), open)
  const annotations = async () =>
    (await readFile(auditLog, 'utf8'))
      .split('\n')
      .filter(line => line.includes('"verb":"create"') && line.includes('ResponseComplete'))
      .map(line => JSON.parse(line).annotations)
  await expect
    .poll(annotations)
    .toEqual([
      expect.objectContaining({ 'imagepolicywebhook.image-policy.k8s.io/failed-open': 'true' }),
      expect.objectContaining({ 'imagepolicywebhook.image-policy.k8s.io/checked-by': 'me' }),
    ])
})

it('does not start without knowing whom to ask', async () => {
  await expect(testApiServer({ admissionPlugins: { enable: ['ImagePolicyWebhook'] } })).rejects.toThrow(
    'failed to initialize admission plugin "ImagePolicyWebhook": no config specified',
  )
})
