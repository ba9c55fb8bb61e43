import { describe, expect, it } from 'vitest'
import { builtinSchemas } from '../schema/schema.ts'
import { builtinCatalogue } from './builtin.ts'
import { createCatalogue } from './catalogue.ts'

describe('the catalogue', () => {
  it('finds entries by resource and by kind', () => {
    const pods = builtinCatalogue.byResource('', 'v1', 'pods')
    expect(pods?.kind).toBe('Pod')
    expect(builtinCatalogue.byKind('coordination.k8s.io', 'v1', 'Lease')?.resource).toBe('leases')
    expect(builtinCatalogue.byResource('', 'v1', 'ducks')).toBeUndefined()
  })

  it('refuses two entries for one path', () => {
    const pods = builtinCatalogue.entries.filter(({ kind }) => kind === 'Pod')
    expect(() => createCatalogue([...pods, ...pods])).toThrow('the catalogue has /v1/pods (Pod) twice')
  })

  it('stores irregular kinds where upstream does', () => {
    const prefixes = Object.fromEntries(builtinCatalogue.entries.map(e => [e.resource, e.storagePrefix]))
    expect(prefixes).toMatchObject({
      nodes: '/registry/minions/',
      replicationcontrollers: '/registry/controllers/',
      services: '/registry/services/specs/',
      endpoints: '/registry/services/endpoints/',
      pods: '/registry/pods/',
      leases: '/registry/leases/',
    })
  })

  it.each(builtinCatalogue.entries.map(entry => [entry.kind, entry] as const))('%s is complete', (_kind, entry) => {
    expect(builtinSchemas.has(entry.schema)).toBe(true)
    const object = { metadata: { name: 'a', namespace: 'b' } }
    entry.applyDefaults(object)
    const again = structuredClone(object)
    entry.applyDefaults(again)
    expect(again).toEqual(object)
    entry.strategy.prepareForCreate(object, { subresource: 'create', now: 0 })
    expect(entry.cells(object, 0).length).toBeGreaterThanOrEqual(entry.columns.length)
    expect(entry.selectableFields(object)).toMatchObject({ 'metadata.name': 'a' })
    expect(builtinSchemas.get(entry.schema).check(object)).toMatchObject({ error: undefined, unknown: [] })
  })
})
