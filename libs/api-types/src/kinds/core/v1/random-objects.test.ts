import { describe, expect, it } from 'vitest'
import { builtinCatalogue } from '../../../catalogue/builtin.ts'
import { builtinSchemas } from '../../../schema/schema.ts'
import { ObjectGenerator } from '../../../testing/object-generator.ts'
import type { KubeObject } from '../../../wire.ts'

const seeds = 60
const kinds = [
  'ConfigMap',
  'LimitRange',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Pod',
  'PodTemplate',
  'ReplicationController',
  'ResourceQuota',
  'Secret',
  'ServiceAccount',
]

/** Whatever decodes is judged: no rule may rely on what another rule asks for. */
describe.each(kinds)('any %s', kind => {
  const entry = builtinCatalogue.byKind('', 'v1', kind)
  if (entry === undefined) throw new Error(`no ${kind}`)
  const { strategy } = entry

  function random(seed: number): KubeObject {
    const generator = new ObjectGenerator(name => builtinSchemas.message(name), seed)
    const metadata = { name: 'f', ...(entry?.namespaced ? { namespace: 'default' } : {}), resourceVersion: '1' }
    const object = { ...generator.object(entry?.schema ?? ''), metadata } as KubeObject
    entry?.applyDefaults(object)
    return object
  }

  it('can be created, changed and shown, or is refused', () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const made = random(seed)
      expect(entry.cells(made, 0)).toHaveLength(entry.columns.length)
      entry.rowConditions?.(made)
      const created = structuredClone(made)
      strategy.prepareForCreate(created, { subresource: 'create', now: 0 })
      expect(strategy.validate(created, { subresource: 'create', now: 0 })).toBeInstanceOf(Array)
      strategy.warnings?.(created, undefined)
      for (const subresource of ['', ...Object.keys(entry.subresources)]) {
        const changed = structuredClone(random(seed + seeds))
        strategy.prepareForUpdate(changed, structuredClone(made), { subresource, now: 0 })
        expect(strategy.validateUpdate(changed, made, { subresource, now: 0 })).toBeInstanceOf(Array)
        strategy.warnings?.(changed, made)
      }
    }
  })
})
