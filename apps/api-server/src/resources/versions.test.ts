import {
  builtinSchemas,
  createCatalogue,
  decodeWatchFrame,
  defineKind,
  type KubeObject,
  openProtobuf,
  plainStrategy,
  protobufContentType,
  servedAs,
} from '@kubets/api-types'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestApiServer, testApiServer } from '../testing/api-server.ts'
import { coreCatalogue } from '../testing/core-catalogue.ts'
import { openWatch } from '../testing/watch-reader.ts'

interface V2 extends KubeObject {
  spec?: { maxReplicas?: number; metrics?: { type: string; resource: object }[] }
}
interface V1 extends KubeObject {
  spec?: { maxReplicas?: number; minReplicas?: number; targetCPUUtilizationPercentage?: number }
}

/** Two versions of one kind, as autoscaling has them: one number of v1 is a list in v2, and v1 has a default of its own. */
const v2 = defineKind<V2>({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  resource: 'horizontalpodautoscalers',
  strategy: {
    ...plainStrategy,
    validate: ({ spec }) =>
      (spec?.maxReplicas ?? 0) > 0
        ? []
        : [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.maxReplicas' }],
  },
  cells: ({ metadata, spec }) => [metadata?.name ?? '', spec?.metrics?.length ?? 0],
})
const cpu = (percent: number) => [
  { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } } },
]
const v1 = servedAs<V1>(v2 as never, 'v1', {
  deprecation: 'autoscaling/v1 HorizontalPodAutoscaler is deprecated in v1.99+',
  applyDefaults: object => {
    object.spec ??= {}
    object.spec.minReplicas ??= 1
  },
  toHub: ({ spec, ...object }) => {
    const { targetCPUUtilizationPercentage: percent, ...rest } = spec ?? {}
    return { ...object, spec: { ...rest, ...(percent === undefined ? {} : { metrics: cpu(percent) }) } } as V2
  },
  fromHub: object => {
    const { metrics, ...rest } = (object as V2).spec ?? {}
    const percent = (metrics?.[0]?.resource as { target: { averageUtilization: number } })?.target.averageUtilization
    return { ...object, spec: { ...rest, targetCPUUtilizationPercentage: percent } } as V1
  },
})

let api: TestApiServer
beforeAll(async () => {
  api = await testApiServer({ catalogue: createCatalogue([...coreCatalogue.entries, v2, v1] as never) })
})
afterAll(() => api[Symbol.asyncDispose]())

const at = (version: 'v1' | 'v2') => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers`
const body = (name: string) => ({ metadata: { name }, spec: { maxReplicas: 3, targetCPUUtilizationPercentage: 70 } })

describe('an object of a kind with two versions', () => {
  let name = ''
  let n = 0
  beforeEach(async () => {
    name = `a${++n}`
    await api.h2.request('POST', at('v1'), { body: body(name) })
  })

  it('is stored in one of them, defaulted in the version that it was sent in', async () => {
    const { kv } = await api.store.get(`/registry/horizontalpodautoscalers/default/${name}`)
    expect(JSON.parse(Buffer.from(kv?.value ?? []).toString())).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { maxReplicas: 3, minReplicas: 1, metrics: [{ type: 'Resource' }] },
    })
  })

  it('is answered in the version of the request: create, get, list, delete', async () => {
    const shown = { spec: { maxReplicas: 3, minReplicas: 1, targetCPUUtilizationPercentage: 70 } }
    const created = await api.h2.request('POST', at('v1'), { body: body(`${name}-c`) })
    expect(created.json).toMatchObject({ apiVersion: 'autoscaling/v1', ...shown })
    expect((await api.h2.request('GET', `${at('v1')}/${name}`)).json).toMatchObject({
      apiVersion: 'autoscaling/v1',
      ...shown,
    })
    expect((await api.h2.request('GET', `${at('v2')}/${name}`)).json).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { metrics: cpu(70) },
    })
    const { json: list } = await api.h2.request('GET', `${at('v1')}?fieldSelector=metadata.name%3D${name}`)
    expect(list).toMatchObject({ kind: 'HorizontalPodAutoscalerList', apiVersion: 'autoscaling/v1', items: [shown] })
    expect(list.items[0].kind).toBeUndefined()
    expect(list.items[0].metadata.resourceVersion).toMatch(/^\d+$/)
    await api.h2.request('PATCH', `${at('v2')}/${name}`, {
      body: { metadata: { finalizers: ['a/b'] } },
      headers: { 'content-type': 'application/merge-patch+json' },
    })
    expect((await api.h2.request('DELETE', `${at('v1')}/${name}`)).json).toMatchObject({
      apiVersion: 'autoscaling/v1',
      ...shown,
    })
  })

  it.each([
    ['merge', 'application/merge-patch+json', { spec: { targetCPUUtilizationPercentage: 50 } }],
    ['strategic merge', 'application/strategic-merge-patch+json', { spec: { targetCPUUtilizationPercentage: 50 } }],
    [
      'JSON',
      'application/json-patch+json',
      [{ op: 'replace', path: '/spec/targetCPUUtilizationPercentage', value: 50 }],
    ],
  ])('is patched in the version of the request: %s', async (_what, type, patch) => {
    const reply = await api.h2.request('PATCH', `${at('v1')}/${name}`, {
      body: JSON.stringify(patch),
      headers: { 'content-type': type },
    })
    expect([reply.status, reply.json.spec.targetCPUUtilizationPercentage]).toEqual([200, 50])
    expect((await api.h2.request('GET', `${at('v2')}/${name}`)).json.spec.metrics).toEqual(cpu(50))
  })

  it('is replaced in either version, and a replacement that says the same stores nothing', async () => {
    const { json: before } = await api.h2.request('GET', `${at('v1')}/${name}`)
    const same = await api.h2.request('PUT', `${at('v1')}/${name}`, { body: before })
    expect(same.json.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
    before.spec.maxReplicas = 9
    await api.h2.request('PUT', `${at('v1')}/${name}`, { body: before })
    expect((await api.h2.request('GET', `${at('v2')}/${name}`)).json.spec).toMatchObject({
      maxReplicas: 9,
      metrics: cpu(70),
    })
  })

  it('is refused by the rules of the stored version', async () => {
    const reply = await api.h2.request('POST', at('v1'), { body: { metadata: { name: 'no' }, spec: {} } })
    expect([reply.status, reply.json.message]).toEqual([
      422,
      'HorizontalPodAutoscaler.autoscaling "no" is invalid: spec.maxReplicas: Required value',
    ])
  })

  it('has the same rows in both, with the object in the version asked for', async () => {
    const accept = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
    const { json } = await api.h2.request('GET', `${at('v1')}/${name}?includeObject=Object`, { headers: accept })
    expect(json.rows[0]).toMatchObject({ cells: [name, 1], object: { apiVersion: 'autoscaling/v1' } })
    const list = await api.h2.request('GET', `${at('v1')}?includeObject=Object`, { headers: accept })
    expect(list.json.rows[0].object.spec.targetCPUUtilizationPercentage).toBe(70)
  })

  it('speaks YAML and protobuf in both', async () => {
    const yaml = await api.h2.request('GET', `${at('v1')}/${name}`, { headers: { accept: 'application/yaml' } })
    expect(yaml.text).toContain('targetCPUUtilizationPercentage: 70')
    const { body: stream } = await api.h2.stream('GET', `${at('v1')}/${name}`, {
      headers: { accept: protobufContentType },
    })
    const { apiVersion, raw } = openProtobuf(Buffer.concat(await stream.toArray()))
    expect(apiVersion).toBe('autoscaling/v1')
    expect(builtinSchemas.get('io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler').decodeProtobuf(raw)).toMatchObject({
      spec: { targetCPUUtilizationPercentage: 70 },
    })
  })

  it('is watched in both', async () => {
    const query = `?watch=1&fieldSelector=metadata.name%3D${name}`
    const watches = await Promise.all((['v1', 'v2'] as const).map(v => openWatch(api.h2, at(v) + query)))
    for (const watch of watches) await watch.next()
    await api.h2.request('DELETE', `${at('v2')}/${name}`)
    const [first, second] = await Promise.all(watches.map(w => w.next()))
    expect([first?.type, first?.object.apiVersion, first?.object.spec.targetCPUUtilizationPercentage]).toEqual([
      'DELETED',
      'autoscaling/v1',
      70,
    ])
    expect([second?.type, second?.object.spec.metrics]).toEqual(['DELETED', cpu(70)])
    for (const watch of watches) watch.close()
  })

  it('is watched in protobuf', async () => {
    const { body: stream, close } = await api.h2.stream(
      'GET',
      `${at('v1')}?watch=1&fieldSelector=metadata.name%3D${name}`,
      {
        headers: { accept: `${protobufContentType};stream=watch` },
      },
    )
    const first: Buffer = await new Promise(resolve => stream.once('data', resolve))
    const { type, object } = decodeWatchFrame(first) ?? { type: '', object: first }
    expect([type, openProtobuf(object).apiVersion]).toEqual(['ADDED', 'autoscaling/v1'])
    close()
  })

  it('warns whoever asks in a version that is deprecated', async () => {
    const { headers } = await api.h2.request('GET', `${at('v1')}/${name}`)
    expect(headers.warning).toBe('299 - "autoscaling/v1 HorizontalPodAutoscaler is deprecated in v1.99+"')
    expect((await api.h2.request('GET', `${at('v2')}/${name}`)).headers.warning).toBeUndefined()
  })
})
