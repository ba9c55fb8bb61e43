import { describe, expect, it } from 'vitest'
import { builtinCatalogue } from '../../../catalogue/builtin.ts'
import type { ResourceEntry } from '../../../catalogue/contract.ts'
import type { KubeObject } from '../../../wire.ts'

const now = Date.parse('2024-01-01T00:10:00Z')
const create = { subresource: 'create', now }
const update = { subresource: 'update', now }

function entryOf(kind: string, group = ''): ResourceEntry {
  const entry = builtinCatalogue.byKind(group, 'v1', kind)
  if (entry === undefined) throw new Error(`no ${kind}`)
  return entry
}

function made(kind: string, object: object): KubeObject & Record<string, unknown> {
  const given = structuredClone({ metadata: { name: 'a', namespace: 'default' }, ...object })
  const entry = entryOf(kind)
  if (!entry.namespaced) Object.assign(given, { metadata: { name: 'a', ...(object as KubeObject).metadata } })
  entry.applyDefaults(given)
  entry.strategy.prepareForCreate(given, create)
  return given
}

const errors = (kind: string, object: object) =>
  entryOf(kind)
    .strategy.validate(made(kind, object), create)
    .map(({ field, message }) => `${field}: ${message}`)

function updateErrors(kind: string, before: object, after: object): string[] {
  const entry = entryOf(kind)
  const old = made(kind, before)
  const next = made(kind, after)
  Object.assign(old.metadata ?? {}, { resourceVersion: '1' })
  Object.assign(next.metadata ?? {}, { resourceVersion: '1' })
  entry.strategy.prepareForUpdate(next, old, update)
  return entry.strategy.validateUpdate(next, old, update).map(({ field, message }) => `${field}: ${message}`)
}

const cells = (kind: string, object: object) =>
  entryOf(kind).cells({ metadata: { name: 'a', creationTimestamp: '2024-01-01T00:00:00Z' }, ...object }, now)

describe('a Namespace', () => {
  it('is active, finalized by kubernetes and labelled with its name', () => {
    expect(made('Namespace', {})).toEqual({
      metadata: { name: 'a', labels: { 'kubernetes.io/metadata.name': 'a' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    })
  })
  it('is named by a DNS label', () => {
    expect(errors('Namespace', { metadata: { name: 'a.b' } })[0]).toContain(
      'metadata.name: Invalid value: "a.b": must not contain dots',
    )
  })
})

describe('a ConfigMap', () => {
  it.each([
    [{ data: { 'a/b': 'x' } }, 'data[a/b]: Invalid value: "a/b": a valid config key must consist of'],
    [
      { data: { a: 'x' }, binaryData: { a: 'eA==' } },
      'data[a]: Invalid value: "a": duplicate of key present in binaryData',
    ],
    [{ data: { a: 'x'.repeat(1048577) } }, ': Too long: may not be more than 1048576 bytes'],
  ])('%# is refused', (object, message) => {
    expect(errors('ConfigMap', object).join('\n')).toContain(message)
  })
  it('stays as it is once it is immutable', () => {
    const old = { immutable: true, data: { a: '1' } }
    expect(updateErrors('ConfigMap', old, { immutable: true, data: { a: '2' } })).toEqual([
      'data: Forbidden: field is immutable when `immutable` is set',
    ])
    expect(updateErrors('ConfigMap', old, { data: { a: '1' } })).toEqual([
      'immutable: Forbidden: field is immutable when `immutable` is set',
    ])
  })
  it('is printed with the number of its keys', () => {
    expect(cells('ConfigMap', { data: { a: '', b: '' }, binaryData: { c: '' } })).toEqual(['a', 3, '10m'])
  })
})

describe('a Secret', () => {
  it('is opaque, and takes texts in', () => {
    expect(made('Secret', { data: { b: 'Yg==' }, stringData: { a: 'text', b: 'new' } })).toMatchObject({
      type: 'Opaque',
      data: { a: 'dGV4dA==', b: 'bmV3' },
    })
  })
  it('has the keys of its type', () => {
    expect(errors('Secret', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } })).toEqual([
      'data[tls.key]: Required value',
    ])
    expect(
      errors('Secret', { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'eA==' } })[0],
    ).toContain('data[.dockerconfigjson]: Invalid value: "<secret contents redacted>"')
  })
  it('keeps its type', () => {
    expect(updateErrors('Secret', { type: 'a' }, { type: 'b' })).toEqual([
      'type: Invalid value: "b": field is immutable',
    ])
  })
})

describe('a Node', () => {
  it('is refused with taints that say the same twice', () => {
    const taint = { key: 'a', effect: 'NoSchedule' }
    expect(errors('Node', { spec: { taints: [taint, taint] } })[0]).toContain(
      'taints must be unique by key and effect pair',
    )
    expect(errors('Node', { spec: { taints: [{ key: 'a', effect: 'Never' }] } })[0]).toContain(
      'Unsupported value: "Never"',
    )
  })
  it('has both forms of its pod CIDR', () => {
    expect(made('Node', { spec: { podCIDR: '10.1.0.0/24' } }).spec).toEqual({
      podCIDR: '10.1.0.0/24',
      podCIDRs: ['10.1.0.0/24'],
    })
  })
  it('is printed as kubectl shows it', () => {
    const node = {
      metadata: {
        name: 'n',
        creationTimestamp: '2024-01-01T00:00:00Z',
        labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'edge' },
      },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.2' }],
        nodeInfo: {
          kubeletVersion: 'v1.36.0+kubets',
          osImage: 'Debian',
          kernelVersion: '6.18',
          containerRuntimeVersion: 'kubets://1',
        },
      },
    }
    expect(entryOf('Node').cells(node as KubeObject, now)).toEqual([
      'n',
      'Ready,SchedulingDisabled',
      'edge,worker',
      '10m',
      'v1.36.0+kubets',
      '10.0.0.2',
      '<none>',
      'Debian',
      '6.18',
      'kubets://1',
    ])
    expect(cells('Node', {}).slice(1, 3)).toEqual(['Unknown', '<none>'])
  })
})

describe('Endpoints', () => {
  it('are printed with the first three', () => {
    const subsets = [{ addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }], ports: [{ port: 80 }, { port: 81 }] }]
    expect(cells('Endpoints', { subsets })[1]).toBe('10.0.0.1:80,10.0.0.2:80,10.0.0.1:81 + 1 more...')
    expect(cells('Endpoints', {})[1]).toBe('<none>')
  })
  it('are never this machine', () => {
    expect(errors('Endpoints', { subsets: [{ addresses: [{ ip: '127.0.0.1' }] }] })).toEqual([
      'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ])
  })
})

describe('an Event', () => {
  const involvedObject = { kind: 'Pod', name: 'p', namespace: 'default' }
  it('is printed with what it is about', () => {
    const event = {
      involvedObject,
      type: 'Warning',
      reason: 'BackOff',
      message: ' no \n',
      count: 3,
      lastTimestamp: '2024-01-01T00:09:00Z',
      firstTimestamp: '2024-01-01T00:05:00Z',
      source: { component: 'kubelet', host: 'n' },
    }
    expect(cells('Event', event)).toEqual(['60s', 'Warning', 'BackOff', 'pod/p', '', 'kubelet, n', 'no', '5m', 3, 'a'])
  })
  it('lives where its object lives', () => {
    expect(errors('Event', { involvedObject: { ...involvedObject, namespace: 'other' } })).toEqual([
      'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
    ])
  })
})

describe('a Lease', () => {
  const lease = entryOf('Lease', 'coordination.k8s.io')
  it('lasts more than no time', () => {
    const found = lease.strategy.validate(
      { metadata: { name: 'a', namespace: 'b' }, spec: { leaseDurationSeconds: 0 } } as KubeObject,
      create,
    )
    expect(found.map(({ message }) => message)).toEqual(['Invalid value: 0: must be greater than 0'])
  })
})
