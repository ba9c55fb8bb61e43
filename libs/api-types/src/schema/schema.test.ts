import { decodeJson } from '@kubets/apimachinery'
import { describe, expect, it } from 'vitest'
import { builtinSchemas } from './schema.ts'

const pod = builtinSchemas.get('io.k8s.api.core.v1.Pod')
const spec = (more: object) => ({ spec: { containers: [{ name: 'a' }], ...more } })
const container = (more: object) => ({ spec: { containers: [{ name: 'a', ...more }] } })

describe('a check', () => {
  it('finds unknown fields with their paths', () => {
    const { unknown } = pod.check({
      foo: 1,
      spec: { containers: [{ name: 'a' }, { imgae: 'x', env: [{ nam: 'y' }] }] },
    })
    expect(unknown).toEqual(['foo', 'spec.containers[1].imgae', 'spec.containers[1].env[0].nam'])
  })

  it.each([
    [spec({ terminationGracePeriodSeconds: 'x' }), 'string', 'PodSpec.spec.terminationGracePeriodSeconds', 'int64'],
    [spec({ hostNetwork: 'true' }), 'string', 'PodSpec.spec.hostNetwork', 'bool'],
    [spec({ dnsPolicy: 1 }), 'number', 'PodSpec.spec.dnsPolicy', 'v1.DNSPolicy'],
    [{ spec: [] }, 'array', 'Pod.spec', 'v1.PodSpec'],
    [{ spec: { containers: {} } }, 'object', 'PodSpec.spec.containers', '[]v1.Container'],
    [{ spec: { containers: ['a'] } }, 'string', 'PodSpec.spec.containers', 'v1.Container'],
    [container({ command: [1] }), 'number', 'Container.spec.containers.command', 'string'],
    [
      container({ ports: [{ containerPort: 1.5 }] }),
      'number 1.5',
      'ContainerPort.spec.containers.ports.containerPort',
      'int32',
    ],
    [
      container({ ports: [{ containerPort: 2 ** 31 }] }),
      'number 2147483648',
      'ContainerPort.spec.containers.ports.containerPort',
      'int32',
    ],
    [{ metadata: { labels: { a: true } } }, 'bool', 'ObjectMeta.metadata.labels', 'string'],
    [{ metadata: { labels: 'x' } }, 'string', 'ObjectMeta.metadata.labels', 'map[string]string'],
    [{ metadata: { uid: 5 } }, 'number', 'ObjectMeta.metadata.uid', 'types.UID'],
    // recorded: what is embedded in Go is named with its struct
    [
      spec({ volumes: [{ name: 'a', emptyDir: { medium: 5 } }] }),
      'number',
      'EmptyDirVolumeSource.spec.volumes.VolumeSource.emptyDir.medium',
      'v1.StorageMedium',
    ],
    [
      container({ livenessProbe: { httpGet: 5 } }),
      'number',
      'Probe.spec.containers.livenessProbe.ProbeHandler.httpGet',
      'v1.HTTPGetAction',
    ],
  ])('%# tells a wrong type as Go does', (value, found, where, type) => {
    expect(pod.check(value).error).toBe(`json: cannot unmarshal ${found} into Go struct field ${where} of type ${type}`)
  })

  it('names the keys of a map as Go does', () => {
    const slice = builtinSchemas.get('io.k8s.api.resource.v1.ResourceSlice')
    const where = 'Go struct field Device.spec.devices.attributes of type map[v1.QualifiedName]v1.DeviceAttribute'
    expect(slice.check({ spec: { devices: [{ name: 'a', attributes: [] }] } }).error).toBe(
      `json: cannot unmarshal array into ${where}`,
    )
  })

  it("tells what is wrong in a schema of custom resources as upstream's own decoder does", () => {
    const definition = builtinSchemas.get(
      'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
    )
    const check = (openAPIV3Schema: object) =>
      definition.check({ spec: { versions: [{ schema: { openAPIV3Schema } }] } })
    expect(check({ properties: { a: { type: 5 } } }).error).toBe(
      'json: cannot unmarshal number into Go struct field JSONSchemaProps.spec.versions.schema.openAPIV3Schema.properties.type of type string',
    )
    expect(check({ properties: { a: { b: 5 } } }).unknown).toEqual([
      'spec.versions[0].schema.openAPIV3Schema.properties.a.b',
    ])
    expect(check({ items: { b: 5 } }).unknown).toEqual([])
    expect(check({ enum: 'a' }).error).toContain('openAPIV3Schema.enum of type []v1.JSON')
  })

  it('tells a wrong root, quantity, time and base64', () => {
    const secret = builtinSchemas.get('io.k8s.api.core.v1.Secret')
    expect(pod.check([]).error).toBe('json: cannot unmarshal array into Go value of type v1.Pod')
    expect(pod.check(container({ resources: { limits: { cpu: '1x' } } })).error).toContain('quantities must match')
    expect(pod.check({ metadata: { creationTimestamp: 'now' } }).error).toContain('parsing time "now" as "2006-01-02')
    expect(secret.check({ data: { a: '%%%' } }).error).toBe('illegal base64 data at input byte 0')
  })

  it('accepts int64 beyond doubles, integers and names of ports, null for anything', () => {
    const { value } = decodeJson(Buffer.from('{"metadata":{"generation":9223372036854775807},"spec":null}'))
    expect(pod.check(value)).toMatchObject({ error: undefined, unknown: [], nulls: true })
    const probe = (port: unknown) => container({ livenessProbe: { httpGet: { port } } })
    expect(pod.check(probe('http')).error).toBeUndefined()
    expect(pod.check(probe(80)).error).toBeUndefined()
    expect(pod.check(probe(true)).error).toBeDefined()
  })

  it('counts members as the decoder does, so that duplicates show', () => {
    const text =
      '{"kind":"Pod","metadata":{"labels":{"a":"b"},"managedFields":[{"fieldsV1":{"f:a":{"f:b":{}}}}]},"spec":{"x":{"y":1}}}'
    const { value, members } = decodeJson(Buffer.from(text))
    expect(pod.check(value).members).toBe(members)
    const twice = decodeJson(Buffer.from('{"metadata":{"name":"a","name":"b"}}'))
    expect(pod.check(twice.value).members).toBe(twice.members - 1)
  })
})

describe('the canonical encoding', () => {
  it.each<[string, string, object, string]>([
    [
      'has fields in upstream’s order and maps sorted',
      'io.k8s.api.core.v1.ConfigMap',
      { data: { b: '2', a: '1', '10': 'x', '9': 'y' }, metadata: { name: 'n' }, apiVersion: 'v1', kind: 'ConfigMap' },
      '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"n"},"data":{"10":"x","9":"y","a":"1","b":"2"}}',
    ],
    [
      'leaves out what is empty, and keeps pointers to zero',
      'io.k8s.api.core.v1.Pod',
      { spec: { containers: [], hostNetwork: false, nodeName: '', terminationGracePeriodSeconds: 0, tolerations: [] } },
      '{"metadata":{},"spec":{"containers":null,"terminationGracePeriodSeconds":0},"status":{}}',
    ],
    [
      'writes required lists even if they are not set',
      'io.k8s.api.core.v1.Pod',
      {},
      '{"metadata":{},"spec":{"containers":null},"status":{}}',
    ],
    [
      'keeps an empty list of what is never stored in protobuf',
      'io.k8s.api.core.v1.ComponentStatusList',
      { items: [] },
      '{"metadata":{},"items":[]}',
    ],
    [
      'makes quantities and times canonical',
      'io.k8s.api.core.v1.Node',
      {
        metadata: { creationTimestamp: '2024-01-02T03:04:05.678+01:00' },
        status: { capacity: { memory: '2048Mi', cpu: '4000m' }, nodeInfo: {}, daemonEndpoints: {} },
      },
      '"creationTimestamp":"2024-01-02T02:04:05Z"},"spec":{},"status":{"capacity":{"cpu":"4","memory":"2Gi"}',
    ],
    [
      'writes int64 exactly',
      'io.k8s.api.core.v1.ConfigMap',
      { metadata: { generation: 9223372036854775807n } },
      '{"metadata":{"generation":9223372036854775807}}',
    ],
    [
      'drops unknown fields and nulls',
      'io.k8s.api.core.v1.ConfigMap',
      { foo: 1, metadata: null, data: { a: null } },
      '{"metadata":{},"data":{"a":""}}',
    ],
    [
      'keeps six decimals of a MicroTime',
      'io.k8s.api.coordination.v1.Lease',
      { spec: { renewTime: '2024-01-02T03:04:05.123456Z' } },
      '{"metadata":{},"spec":{"renewTime":"2024-01-02T03:04:05.123456Z"}}',
    ],
  ])('%s', (_what, name, value, expected) => {
    expect(builtinSchemas.get(name).encode(value)).toContain(expected)
  })

  it('keeps a key named __proto__', () => {
    const { value } = decodeJson(Buffer.from('{"data":{"__proto__":"x"}}'))
    const map = builtinSchemas.get('io.k8s.api.core.v1.ConfigMap')
    expect(map.encode(value)).toBe('{"metadata":{},"data":{"__proto__":"x"}}')
  })

  it('is stable: what it writes it reads and writes again', () => {
    const text = pod.encode({
      kind: 'Pod',
      spec: { containers: [{ name: 'a', env: [{ name: 'E', value: 'ü"\\' }], ports: [{ containerPort: 1 }] }] },
    })
    expect(pod.encode(JSON.parse(text))).toBe(text)
  })
})

it('strips what the schema does not have', () => {
  const value = { foo: 1, metadata: { name: 'a', labels: null }, spec: { containers: [{ name: 'a', bar: {} }] } }
  pod.stripUnknown(value)
  expect(value).toEqual({ metadata: { name: 'a' }, spec: { containers: [{ name: 'a' }] } })
})

it('fills nulls among items and values with what is empty of their type', () => {
  const value = {
    metadata: { name: 'a', labels: { a: null } },
    spec: { containers: [null], nodeSelector: { b: null } },
  }
  expect(pod.check(value)).toMatchObject({ nulls: true, error: undefined })
  pod.stripUnknown(value)
  expect(value).toEqual({
    metadata: { name: 'a', labels: { a: '' } },
    spec: { containers: [{}], nodeSelector: { b: '' } },
  })
})

it('handles schemas that contain themselves, and all others', () => {
  for (const name of [
    'io.k8s.api.apps.v1.Deployment',
    'io.k8s.api.batch.v1.CronJob',
    'io.k8s.api.policy.v1.Eviction',
  ]) {
    const schema = builtinSchemas.get(name)
    expect(schema.check({ metadata: {} }).error).toBeUndefined()
    expect(schema.encode({ metadata: { name: 'x' } })).toContain('"metadata":{"name":"x"}')
  }
})

it('takes a null in a list or a map for the zero of its type, as Go does', () => {
  const schema = builtinSchemas.get('io.k8s.api.apps.v1.Deployment')
  const containers = [null, { name: 'c', command: ['a', null], resources: { limits: { cpu: null } }, ports: [null] }]
  const object = { metadata: { labels: { a: null }, name: null }, spec: { template: { spec: { containers } } } }
  expect(schema.check(object)).toMatchObject({ error: undefined, nulls: true })
  schema.stripUnknown(object)
  expect(object).toEqual({
    metadata: { labels: { a: '' } },
    spec: {
      template: {
        spec: {
          containers: [{}, { name: 'c', command: ['a', ''], resources: { limits: { cpu: '0' } }, ports: [{}] }],
        },
      },
    },
  })
})
