import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../testing/entry-under-test.ts'

const of = (kind: string, version = 'v1') => entryUnderTest('networking.k8s.io', version, kind)

describe('a NetworkPolicy', () => {
  const kind = of('NetworkPolicy')
  const open = { podSelector: {}, policyTypes: ['Ingress'] }

  it('is about what its rules are about, and about TCP', () => {
    const { spec } = kind.made({ spec: { podSelector: {}, egress: [{ ports: [{ port: 80 }] }] } })
    expect(spec).toMatchObject({
      policyTypes: ['Ingress', 'Egress'],
      egress: [{ ports: [{ port: 80, protocol: 'TCP' }] }],
    })
    expect(kind.made({}).metadata).toMatchObject({ generation: 1 })
  })
  it('has a new generation with each change of its spec', () => {
    const before = { metadata: { generation: 4 }, spec: open }
    const [changed] = kind.updated(before, { spec: { ...open, policyTypes: ['Egress'] } })
    expect(changed.metadata?.generation).toBe(5)
    const [same] = kind.updated(before, { metadata: { generation: 9, labels: { a: 'b' } }, spec: open })
    expect(same.metadata?.generation).toBe(4)
  })
  it('may keep blocks and selectors that are refused today', () => {
    const rule = (cidr: string) => ({ spec: { ...open, ingress: [{ from: [{ ipBlock: { cidr } }] }] } })
    expect(kind.updateErrors(rule('10.0.0.1/8'), rule('10.0.0.1/8'))).toEqual([])
    expect(kind.updateErrors(rule('10.0.0.1/8'), rule('10.0.0.2/8'))).toEqual([
      'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.2/8": must not have bits set beyond the prefix length',
    ])
  })
  it('is printed with its selector', () => {
    const podSelector = { matchLabels: { b: '1', a: '2' } }
    expect(kind.cells({ spec: { podSelector } })).toEqual(['a', 'a=2,b=1', '10m'])
    expect(kind.cells({ spec: { podSelector: {} } })).toEqual(['a', '<none>', '10m'])
  })
})

describe('an Ingress', () => {
  const kind = of('Ingress')
  const backend = { service: { name: 'a', port: { number: 80 } } }
  const spec = { defaultBackend: backend }

  it('is stored under its old name', () => {
    expect(kind.entry.storagePrefix).toBe('/registry/ingress/')
  })
  it('has a status that only its own path changes', () => {
    const status = { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } }
    expect(kind.made({ spec, status }).status).toEqual({ loadBalancer: {} })
    const before = { metadata: { generation: 1 }, spec, status: { loadBalancer: {} } }
    expect(kind.updated(before, { spec, status })[0].status).toEqual({ loadBalancer: {} })
    const after = { spec: { ingressClassName: 'x' }, status }
    const [changed] = kind.updated(before, after, { subresource: 'status' })
    expect(changed).toMatchObject({ spec, status })
  })
  it('keeps odd addresses, and warns of them', () => {
    const at = (ip: string) => ({ spec, status: { loadBalancer: { ingress: [{ ip }] } } })
    const more = { subresource: 'status' }
    expect(kind.updateErrors(at('01.2.3.4'), at('01.2.3.4'), more)).toEqual([])
    expect(kind.updateErrors(at('1.2.3.4'), at('01.2.3.4'), more)).toEqual([
      'status.loadBalancer.ingress[0].ip: Invalid value: "01.2.3.4": must not have leading 0s',
    ])
    const [next, old] = kind.updated(at('1.2.3.4'), at('FE80::1'), more)
    expect(kind.entry.strategy.warnings?.(next, old)).toEqual([
      'status.loadBalancer.ingress[0]: IPv6 address "FE80::1" should be in RFC 5952 canonical format ("fe80::1")',
    ])
  })
  it('may keep a bad secret name, and bad paths of a wildcard host', () => {
    const bad = { ...spec, tls: [{ secretName: 'A b' }], rules: [{ host: '*.a.b', http: { paths: [] } }] }
    expect(kind.errors({ spec: bad })).toHaveLength(2)
    expect(kind.updateErrors({ spec: bad }, { spec: bad })).toEqual([])
  })
  it('is printed with the first three hosts', () => {
    const rules = ['a', 'b', 'c', 'd', 'e'].map(host => ({ host }))
    const status = { loadBalancer: { ingress: [{ hostname: 'x.y' }, { ip: '1.2.3.4' }] } }
    expect(kind.cells({ spec: { rules, ingressClassName: 'c', tls: [{}] }, status })).toEqual([
      'a',
      'c',
      'a,b,c + 2 more...',
      '1.2.3.4,x.y',
      '80, 443',
      '10m',
    ])
    expect(kind.cells({ spec: {} })).toEqual(['a', '<none>', '*', '', '80', '10m'])
  })
})

describe('an IngressClass', () => {
  const kind = of('IngressClass')
  const parameters = { apiGroup: 'x.y', kind: 'K', name: 'n' }
  it('keeps its controller', () => {
    expect(kind.updateErrors({ spec: { controller: 'a.b/c' } }, { spec: { controller: 'a.b/d' } })).toEqual([
      'spec.controller: Invalid value: "a.b/d": field is immutable',
    ])
  })
  it('has parameters of the cluster unless they say otherwise', () => {
    const made = kind.made({ spec: { controller: 'a.b/c', parameters } })
    expect(made.spec).toMatchObject({ parameters: { scope: 'Cluster' } })
    expect(kind.errors({ spec: { controller: 'a.b/c', parameters } })).toEqual([])
  })
  it('says in its name that it is the default one', () => {
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' }
    const metadata = { name: 'a', annotations, creationTimestamp: '2024-01-01T00:00:00Z' }
    expect(kind.cells({ metadata, spec: { controller: 'a.b/c', parameters } })).toEqual([
      'a (default)',
      'a.b/c',
      'K.x.y/n',
      '10m',
    ])
  })
})

describe('an IPAddress', () => {
  const named = (parentRef: object) => ({ metadata: { name: 'fd00::1' }, spec: { parentRef } })
  it.each(['v1', 'v1beta1'])('of %s belongs to one object', version => {
    const kind = of('IPAddress', version)
    expect(kind.errors(named({ resource: 'services', namespace: 'n', name: 'a' }))).toEqual([])
    expect(kind.updateErrors(named({ resource: 'a', name: 'b' }), named({ resource: 'a', name: 'c' }))).toEqual([
      'spec.parentRef: Invalid value: {"Group":"","Resource":"a","Namespace":"","Name":"c"}: field is immutable',
    ])
  })
  it('is printed with it', () => {
    const kind = of('IPAddress')
    expect(kind.cells(named({ resource: 'services', namespace: 'n', name: 'a' }))[1]).toBe('services/n/a')
    expect(kind.cells(named({ group: 'x.y', resource: 'foos', name: 'a' }))[1]).toBe('foos.x.y/a')
  })
  it('has an older version that says so, and is off', () => {
    const { entry } = of('IPAddress', 'v1beta1')
    expect(entry.enabledByDefault).toBe(false)
    expect(entry.deprecation).toBe('networking.k8s.io/v1beta1 IPAddress is deprecated in v1.34+, unavailable in v1.37+')
  })
})

describe('a ServiceCIDR', () => {
  const kind = of('ServiceCIDR')
  const blocks = (...cidrs: string[]) => ({ spec: { cidrs } })
  it('may become dual-stack, and changes in no other way', () => {
    const four = blocks('10.0.0.0/24')
    expect(kind.updateErrors(four, blocks('10.0.0.0/24', 'fd00::/64'))).toEqual([])
    expect(kind.updateErrors(four, blocks('10.0.1.0/24'))).toEqual([
      'spec.cidrs[0]: Invalid value: "10.0.1.0/24": field is immutable',
    ])
    expect(kind.updateErrors(blocks('10.0.0.0/24', 'fd00::/64'), four)).toEqual([
      'spec.cidrs: Invalid value: ["10.0.0.0/24"]: field is immutable',
    ])
  })
  it('has a status that its own path changes, and that changes nothing else', () => {
    const status = { conditions: [{ type: 'Ready', status: 'True' }] }
    expect(kind.made({ ...blocks('10.0.0.0/24'), status }).status).toEqual({})
    const [next] = kind.updated(
      { ...blocks('10.0.0.0/24'), metadata: { labels: { a: 'b' } } },
      { ...blocks('10.0.1.0/24'), metadata: { labels: { c: 'd' } }, status },
      { subresource: 'status' },
    )
    expect(next).toMatchObject({ ...blocks('10.0.0.0/24'), metadata: { labels: { a: 'b' } }, status })
    expect(kind.entry.strategy.resetFields?.('status')).toEqual(['metadata', 'spec'])
  })
})
