import { type RequestLine, requestBytes } from './connection.ts'
import { namespace, pod, statusPatch } from './pods.ts'

/** What is measured: how its requests are made, and how many are sent. */
export interface Operation {
  readonly key: string
  readonly what: string
  readonly operations: number
  readonly expect: number
  /** The least that the house wants of the bare handler's rate. */
  readonly atLeast?: number
  /** The most of the main thread, µs. */
  readonly budget?: number
  /** The key of the operation that makes what this one is done to. */
  readonly after?: string
  request(i: number): readonly [line: RequestLine, body?: object]
}

const pods = `/api/v1/namespaces/${namespace}/pods`
const otherEvents = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
export const protobuf = 'application/vnd.kubernetes.protobuf'
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

/** Pods that stand before anything is measured. */
export const standing = 1_000
const nameOf = (i: number) => `standing-${i % standing}`

/** Stored in the core group's form, and read in that of events.k8s.io. */
export const event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'standing', namespace },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'standing-0', namespace, fieldPath: 'spec.containers{web}' },
  reason: 'Started',
  message: 'Started container web',
  type: 'Normal',
  source: { component: 'kubelet', host: 'node-1' },
  firstTimestamp: '2026-11-25T10:00:00Z',
  lastTimestamp: '2026-11-25T10:00:00Z',
  count: 1,
}
export const events = `/api/v1/namespaces/${namespace}/events`

const get = (key: string, what: string, path: (i: number) => string, accept?: string): Operation => ({
  key,
  what,
  operations: 20_000,
  expect: 200,
  request: i => [{ method: 'GET', path: path(i), ...(accept === undefined ? {} : { accept }) }],
})
const list = (key: string, what: string, accept?: string): Operation => ({
  ...get(key, what, () => `${pods}?limit=500`, accept),
  operations: 200,
})

export const reads: readonly Operation[] = [
  { ...get('get', 'GET of a pod', i => `${pods}/${nameOf(i)}`), atLeast: 0.6 },
  get('get-protobuf', 'GET of a pod, protobuf', i => `${pods}/${nameOf(i)}`, protobuf),
  get('get-table', 'GET of a pod, Table', i => `${pods}/${nameOf(i)}`, table),
  get('get-other-version', 'GET in a version that is not stored', () => `${otherEvents}/standing`),
  list('list', 'LIST of 500 pods'),
  list('list-protobuf', 'LIST of 500 pods, protobuf', protobuf),
  list('list-table', 'LIST of 500 pods, Table', table),
]

/** `round` keeps names of creates apart. */
export const writes = (round: string): readonly Operation[] => [
  {
    key: 'create',
    what: 'create of a pod',
    operations: 3_000,
    expect: 201,
    budget: 150,
    request: i => [{ method: 'POST', path: pods }, pod(`new-${round}-${i}`)],
  },
  {
    key: 'binding',
    what: 'binding of a pod',
    after: 'create',
    operations: 3_000,
    expect: 201,
    budget: 100,
    request: i => [
      { method: 'POST', path: `${pods}/new-${round}-${i}/binding` },
      {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: `new-${round}-${i}`, namespace },
        target: { apiVersion: 'v1', kind: 'Node', name: `node-${i % 50}` },
      },
    ],
  },
  {
    key: 'patch-status',
    what: 'status patch as a kubelet makes it',
    after: 'create',
    operations: 3_000,
    expect: 200,
    budget: 150,
    request: i => [
      {
        method: 'PATCH',
        path: `${pods}/new-${round}-${i}/status`,
        contentType: 'application/strategic-merge-patch+json',
      },
      statusPatch(i),
    ],
  },
  {
    key: 'update',
    what: 'update of a ConfigMap',
    operations: 3_000,
    expect: 200,
    request: i => [
      { method: 'PUT', path: `/api/v1/namespaces/${namespace}/configmaps/standing-${i % 100}` },
      configMap(i % 100, `${round}-${i}`),
    ],
  },
  {
    key: 'patch-merge',
    what: 'merge patch of a pod',
    operations: 3_000,
    expect: 200,
    request: i => [
      { method: 'PATCH', path: `${pods}/${nameOf(i)}`, contentType: 'application/merge-patch+json' },
      { metadata: { annotations: { 'example.com/seen': `${round}-${i}` } } },
    ],
  },
  {
    key: 'apply',
    what: 'server-side apply of a pod',
    operations: 3_000,
    expect: 200,
    request: i => [
      {
        method: 'PATCH',
        path: `${pods}/${nameOf(i)}?fieldManager=bench&force=true`,
        contentType: 'application/apply-patch+yaml',
      },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: nameOf(i), labels: { applied: `${round}-${i}`.slice(-60) } },
      },
    ],
  },
]

export const configMap = (i: number, value: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: `standing-${i}`, namespace, labels: { app: 'web' } },
  data: Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`setting-${n}`, `${value}-${'x'.repeat(60)}`])),
})

export function bytesOf(operation: Operation, token: string | undefined): (i: number) => Buffer {
  return i => {
    const [line, body] = operation.request(i)
    return requestBytes({ ...line, token }, body === undefined ? undefined : Buffer.from(JSON.stringify(body)))
  }
}
