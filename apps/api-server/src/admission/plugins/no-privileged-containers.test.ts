import { afterAll, beforeAll, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../../testing/api-server.ts'

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer({ allowPrivileged: false })
})
afterAll(() => api[Symbol.asyncDispose]())

const container = (privileged: boolean) => ({ name: 'c', image: 'i', securityContext: { privileged } })
const spec = (privileged: boolean) => ({ containers: [container(privileged)] })
const labels = { app: 'a' }
const template = (privileged: boolean) => ({ metadata: { labels }, spec: spec(privileged) })
const never = (privileged: boolean) => {
  const { metadata, spec } = template(privileged)
  return { metadata, spec: { ...spec, restartPolicy: 'Never' } }
}

it.each([
  ['/api/v1/namespaces/default/pods', spec, 'spec.containers[0]'],
  [
    '/api/v1/namespaces/default/pods',
    (p: boolean) => ({ ...spec(false), initContainers: [{ ...container(p), name: 'i' }] }),
    'spec.initContainers[0]',
  ],
  [
    '/apis/apps/v1/namespaces/default/deployments',
    (p: boolean) => ({ selector: { matchLabels: labels }, template: template(p) }),
    'spec.template.spec.containers[0]',
  ],
  [
    '/apis/batch/v1/namespaces/default/jobs',
    (p: boolean) => ({ template: never(p) }),
    'spec.template.spec.containers[0]',
  ],
  [
    '/apis/batch/v1/namespaces/default/cronjobs',
    (p: boolean) => ({ schedule: '* * * * *', jobTemplate: { spec: { template: never(p) } } }),
    'spec.jobTemplate.spec.template.spec.containers[0]',
  ],
] as const)('--allow-privileged=false refuses them in %s', async (path, make, at) => {
  const send = (privileged: boolean) =>
    api.h2.request('POST', path, { body: { metadata: { generateName: 'one-' }, spec: make(privileged) } })
  const refused = await send(true)
  expect(refused.status, refused.text).toBe(422)
  expect(refused.json.details.causes).toEqual([
    {
      reason: 'FieldValueForbidden',
      message: 'Forbidden: disallowed by cluster policy',
      field: `${at}.securityContext.privileged`,
    },
  ])
  expect((await send(false)).status).toBe(201)
})

it('they are allowed where the server is told so', async () => {
  await using open = await testApiServer({ allowPrivileged: true })
  const path = '/api/v1/namespaces/default/pods'
  const made = await open.h2.request('POST', path, { body: { metadata: { name: 'one' }, spec: spec(true) } })
  expect(made.status).toBe(201)
})
