import { describe, expect, it } from 'vitest'
import { entryUnderTest } from '../../../testing/entry-under-test.ts'

describe('an EndpointSlice', () => {
  const kind = entryUnderTest('discovery.k8s.io', 'v1', 'EndpointSlice')
  const slice = (more: object = {}) => ({ addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4'] }], ...more })

  it('names its ports, and they are TCP', () => {
    expect(kind.made(slice({ ports: [{ port: 80 }] })).ports).toEqual([{ port: 80, name: '', protocol: 'TCP' }])
  })
  it('keeps its type of addresses', () => {
    expect(kind.updateErrors(slice(), slice({ addressType: 'IPv6', endpoints: [] }))).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ])
  })
  it('may keep endpoints that are refused today', () => {
    const odd = slice({ endpoints: [{ addresses: ['01.2.3.4'] }] })
    expect(kind.updateErrors(odd, { ...odd, ports: [{ port: 1 }] })).toEqual([])
    expect(kind.updateErrors(slice(), odd)).toEqual([
      'endpoints[0].addresses[0]: Invalid value: "01.2.3.4": must not have leading 0s',
    ])
  })
  it('has a new generation with each change but of annotations', () => {
    const before = slice({ metadata: { generation: 2 } })
    const generation = (after: object) => kind.updated(before, after)[0].metadata?.generation
    expect(generation(slice())).toBe(2)
    expect(generation(slice({ metadata: { annotations: { a: 'b' } } }))).toBe(2)
    expect(generation(slice({ metadata: { labels: { a: 'b' } } }))).toBe(3)
    expect(generation(slice({ ports: [{ port: 1 }] }))).toBe(3)
  })
  it('has no topology of its own, but the node that it once named', () => {
    const topology = { 'kubernetes.io/hostname': 'n', other: 'x' }
    const named = slice({ endpoints: [{ addresses: ['1.2.3.4'], deprecatedTopology: topology }] })
    expect(kind.made(named).endpoints).toEqual([{ addresses: ['1.2.3.4'] }])
    const after = slice({ endpoints: [{ addresses: ['1.2.3.5'], deprecatedTopology: topology }] })
    expect(kind.updated(named, after)[0].endpoints).toEqual([{ addresses: ['1.2.3.5'], nodeName: 'n' }])
  })
  it('is printed with the first three', () => {
    const endpoints = [{ addresses: ['1.1.1.1'] }, { addresses: ['1.1.1.2', '1.1.1.3', '1.1.1.4'] }]
    expect(kind.cells({ addressType: 'IPv4', endpoints, ports: [{ port: 80 }, { name: 'x' }, {}] })).toEqual([
      'a',
      'IPv4',
      '80,x,*',
      '1.1.1.1,1.1.1.2,1.1.1.3 + 1 more...',
      '10m',
    ])
    expect(kind.cells({ addressType: 'FQDN' })).toEqual(['a', 'FQDN', '<unset>', '<unset>', '10m'])
  })
})
