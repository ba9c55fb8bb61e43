import { Connection, type RequestLine, requestBytes } from '../api/connection.ts'
import { namespace, pod, statusPatch } from '../api/pods.ts'
import { startOwnServer } from '../api/servers.ts'
import type { Target } from '../api/target.ts'

export const pods = `/api/v1/namespaces/${namespace}/pods`
/** Nodes that pods lie on, in turn. */
export const nodes = 5_000
export const nodeName = (i: number) => `node-${String(i % nodes).padStart(4, '0')}`
export const podName = (i: number) => `standing-${String(i).padStart(6, '0')}`

/** Pods of 2 to 6 KB once they are stored with status and managed fields, in turn. */
const sizes = 5

interface Container {
  name: string
  env?: unknown
  readinessProbe?: unknown
  livenessProbe?: unknown
}
interface PodParts {
  metadata: { annotations: Record<string, string> }
  spec: { containers: Container[]; nodeName?: string }
}

export function podOfSize(name: string, size: number): object {
  const made = pod(name) as PodParts
  const [web, proxy] = made.spec.containers
  if (web === undefined || proxy === undefined) throw new Error('a pod has two containers')
  const { readinessProbe: _, livenessProbe: __, ...plain } = web
  const bare = { name: 'web', image: 'registry.example.com/shop/web:1.24.3' }
  if (size < 2) Object.assign(made.spec, { volumes: [], tolerations: [] })
  if (size === 0) made.spec.containers = [bare]
  if (size === 1) made.spec.containers = [bare, { ...proxy, env: [] }]
  if (size === 2) made.spec.containers = [{ ...plain, env: [] }]
  if (size === 3) made.spec.containers = [plain]
  if (size === 4) made.spec.containers = [web]
  return made
}

/** What a kubelet says of it; of a pod of the smallest size, that it is scheduled. */
function statusOf({ spec }: PodParts, size: number): object {
  const { status } = statusPatch(size) as { status: { conditions: object[]; containerStatuses: Container[] } }
  if (size === 0) return { status: { phase: 'Pending', conditions: status.conditions.slice(-1) } }
  const runs = (name: string) => spec.containers.some(container => container.name === name)
  return { status: { ...status, containerStatuses: status.containerStatuses.filter(({ name }) => runs(name)) } }
}

export async function send(connection: Connection, line: RequestLine, body?: object): Promise<Buffer> {
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  const answer = await connection.request(requestBytes(line, bytes), 'keep')
  if (answer.status >= 300)
    throw new Error(`${line.method} ${line.path}: ${answer.status} ${answer.body.toString('utf8').slice(0, 300)}`)
  return answer.body
}

/** The namespace that pods stand in. */
export async function furnish(target: Target): Promise<void> {
  const { token } = target
  const connection = await Connection.open(target)
  await send(connection, { method: 'POST', path: '/api/v1/namespaces', token }, { metadata: { name: namespace } })
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`
  await send(connection, { method: 'POST', path: accounts, token }, { metadata: { name: 'default' } })
  connection.close()
}

/** Bytes of pods as an api-server stores them, any number of distinct ones: it stored one of each size, and the rest differ where pods do. */
export async function storedPods(): Promise<(i: number) => Buffer> {
  await using server = await startOwnServer()
  await furnish(server.target)
  const connection = await Connection.open(server.target)
  const templates: ((i: number) => Buffer)[] = []
  for (let size = 0; size < sizes; size++) {
    const name = podName(size)
    const made = podOfSize(name, size) as PodParts
    made.spec.nodeName = nodeName(size)
    await send(connection, { method: 'POST', path: pods }, made)
    const contentType = 'application/strategic-merge-patch+json'
    const path = `${pods}/${name}/status`
    const text = (await send(connection, { method: 'PATCH', path, contentType }, statusOf(made, size))).toString('utf8')
    templates.push(template(text.trimEnd(), size))
  }
  connection.close()
  return i => (templates[i % sizes] as (i: number) => Buffer)(i)
}

/** What a create stores of a pod of each size, as {@link template} takes it. */
export async function createdPods(target: Target): Promise<string[]> {
  const connection = await Connection.open(target)
  const answers: string[] = []
  for (let size = 0; size < sizes; size++) {
    const answer = await send(connection, { method: 'POST', path: pods }, podOfSize(podName(size), size))
    answers.push(answer.toString('utf8').trimEnd())
  }
  connection.close()
  return answers
}

/** Stored bytes of any number of distinct pods, by the API's answer for one of them. */
export function template(answer: string, size: number): (i: number) => Buffer {
  const stored = answer.replace(/"resourceVersion":"\d+",/, '')
  const parsed = JSON.parse(stored) as { metadata: { uid: string; annotations: Record<string, string> } }
  const replaced: [from: string, to: (i: number) => string][] = [
    [podName(size), podName],
    [nodeName(size), nodeName],
    [parsed.metadata.uid, i => parsed.metadata.uid.slice(0, -12) + i.toString(16).padStart(12, '0')],
    [
      parsed.metadata.annotations['example.com/checksum'] ?? '',
      i => `${(i * 2_654_435_761).toString(16).padStart(14, '0')}-${i}`,
    ],
    [`10.244.0.${size}`, i => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`],
  ]
  return i => {
    let text = stored
    for (const [from, to] of replaced) text = text.replaceAll(from, to(i))
    return Buffer.from(text)
  }
}
