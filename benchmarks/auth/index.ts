import { type RequestLine, requestBytes } from '../api/connection.ts'
import { runLoad } from '../api/load.ts'
import { type OwnServer, startOwnServer } from '../api/servers.ts'
import type { Target } from '../api/target.ts'
import { type Benchmark, type Figure, median } from '../benchmark.ts'

const connections = 32
const rounds = 5
const operations = 10_000
const others = 10_000
const namespace = 'default'
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const object = `/api/v1/namespaces/${namespace}/configmaps/read`

/** A server, and how somebody reaches it by a certificate and by a service account's token. */
interface Subject {
  readonly server: OwnServer
  readonly ways: Readonly<Record<'certificate' | 'token', Target>>
}

export const benchmark: Benchmark = {
  about: 'What authentication and RBAC cost a GET with 10,000 roles and bindings of others, beside AlwaysAllow.',
  async run(log) {
    await using undo = new AsyncDisposableStack()
    log('starting an api-server with AlwaysAllow, and one with Node,RBAC')
    const open = await prepare(undo.use(await startOwnServer({ flags: ['--authorization-mode=AlwaysAllow'] })))
    const guarded = await prepare(undo.use(await startOwnServer({ flags: ['--authorization-mode=Node,RBAC'] })))
    const figures: Figure[] = []
    for (const way of ['certificate', 'token'] as const)
      figures.push(...(await measure(way, 'few', open, guarded, log)))
    log(`making ${others} roles and ${others} bindings of others`)
    await makeOthers(guarded.server.target)
    for (const way of ['certificate', 'token'] as const)
      figures.push(...(await measure(way, 'many', open, guarded, log)))
    return figures
  },
}

async function prepare(server: OwnServer): Promise<Subject> {
  const { target } = server
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  await send(target, [{ method: 'POST', path: object.slice(0, -5) }, { metadata: { name: 'read' } }])
  await send(target, [{ method: 'POST', path: accounts }, { metadata: { name: 'robot' } }])
  const made = await send(target, [{ method: 'POST', path: `${accounts}/robot/token` }, { spec: { audiences: [] } }])
  const { token } = (JSON.parse(made.toString('utf8')) as { status: { token: string } }).status
  const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['configmaps'] }]
  await send(target, [
    { method: 'POST', path: `${rbac}/clusterroles` },
    { metadata: { name: 'reader' }, rules },
  ])
  const subjects = [
    { kind: 'Group', name: 'readers' },
    { kind: 'ServiceAccount', name: 'robot', namespace },
  ]
  await send(target, [
    { method: 'POST', path: `${rbac}/namespaces/${namespace}/rolebindings` },
    { metadata: { name: 'readers' }, roleRef: refTo('ClusterRole', 'reader'), subjects },
  ])
  const { cert: _, key: _key, ...bare } = target
  return { server, ways: { certificate: await server.as('jane', ['readers']), token: { ...bare, token } } }
}

const refTo = (kind: string, name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name })

/** Half of them cluster-wide, half in the namespace that is asked about; none names those who ask. */
async function makeOthers(target: Target): Promise<void> {
  const rules = [
    {
      verbs: ['get', 'list', 'watch'],
      apiGroups: ['', 'apps'],
      resources: ['pods', 'deployments', 'deployments/scale'],
    },
  ]
  const local = (i: number) => i % 2 === 1
  const path = (i: number, resource: string) =>
    local(i) ? `${rbac}/namespaces/${namespace}/${resource}` : `${rbac}/cluster${resource}`
  const kinds = [
    (i: number) => [path(i, 'roles'), { metadata: { name: `other-${i}` }, rules }] as const,
    (i: number) =>
      [
        path(i, 'rolebindings'),
        {
          metadata: { name: `other-${i}` },
          roleRef: refTo(local(i) ? 'Role' : 'ClusterRole', `other-${i}`),
          subjects: [
            { kind: 'User', name: `other-${i}` },
            { kind: 'Group', name: `others-${i % 100}` },
          ],
        },
      ] as const,
  ]
  for (const kind of kinds)
    await runLoad({
      target,
      connections,
      operations: others,
      expect: 201,
      request(i) {
        const [to, body] = kind(i)
        return bytes(target, [{ method: 'POST', path: to }, body])
      },
    })
}

async function measure(
  way: 'certificate' | 'token',
  howMany: 'few' | 'many',
  open: Subject,
  guarded: Subject,
  log: (text: string) => void,
): Promise<Figure[]> {
  const samples: Record<'open' | 'guarded', number[]> = { open: [], guarded: [] }
  for (let round = 0; round <= rounds; round++) {
    log(`${way}, ${howMany} bindings: ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`)
    for (const [name, subject] of [
      ['open', open],
      ['guarded', guarded],
    ] as const) {
      const target = subject.ways[way]
      const request = bytes(target, [{ method: 'GET', path: object }])
      const { mainMicros = Number.NaN } = await runLoad({
        target,
        connections,
        operations,
        expect: 200,
        request: () => request,
      })
      if (round > 0) samples[name].push(mainMicros)
    }
  }
  const [always, checked] = [median(samples.open), median(samples.guarded)]
  const bindings = howMany === 'few' ? 'bootstrap roles only' : `${others} more roles and bindings`
  return [
    {
      key: `${way}-${howMany}`,
      what: `GET with a ${way}, ${bindings}: main µs`,
      value: checked,
      samples: samples.guarded,
      unit: 'µs',
      baseline: { what: 'AlwaysAllow', value: always },
    },
    {
      key: `${way}-${howMany}-cost`,
      what: `of which Node,RBAC`,
      value: Math.max(0, checked - always),
      unit: 'µs',
      aim: 30,
    },
  ]
}

type Asked = readonly [line: RequestLine, body?: object]

const bytes = ({ token }: Target, [line, body]: Asked) =>
  requestBytes({ ...line, token }, body === undefined ? undefined : Buffer.from(JSON.stringify(body)))

async function send(target: Target, asked: Asked): Promise<Buffer> {
  const { Connection } = await import('../api/connection.ts')
  const connection = await Connection.open(target)
  try {
    const { status, body } = await connection.request(bytes(target, asked), 'keep')
    if (status !== 201) throw new Error(`${asked[0].path} was answered with ${status}: ${body.toString('utf8')}`)
    return body
  } finally {
    connection.close()
  }
}
