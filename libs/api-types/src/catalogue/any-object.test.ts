import { describe, expect, it } from 'vitest'
import { builtinSchemas } from '../schema/schema.ts'
import { ObjectGenerator } from '../testing/object-generator.ts'
import type { KubeObject } from '../wire.ts'
import { builtinCatalogue } from './builtin.ts'
import type { ResourceEntry } from './contract.ts'

const groups = new Set([
  'certificates.k8s.io',
  'coordination.k8s.io',
  'events.k8s.io',
  'internal.apiserver.k8s.io',
  'node.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
])

/** What a client may send that has passed the check of fields: empty, halves, and anything by chance. */
function* objects(entry: ResourceEntry): Generator<KubeObject> {
  const metadata = () => ({ name: 'a', resourceVersion: '1', ...(entry.namespaced ? { namespace: 'b' } : {}) })
  yield { metadata: metadata() }
  for (const part of [{ spec: {} }, { status: {} }, { spec: {}, status: {} }]) {
    // not every kind has them; unknown fields are gone by now
    const schema = builtinSchemas.get(entry.schema)
    const object = { metadata: metadata(), ...part }
    schema.stripUnknown(object)
    yield object
  }
  for (let seed = 1; seed <= 30; seed++) {
    const generated = new ObjectGenerator(builtinSchemas.message, seed).object(entry.schema)
    yield { ...(uniqueNames(generated) as object), metadata: metadata() }
  }
}

/** Lists by name have no name twice: what does is compared with its double and has changed. */
function uniqueNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const named = uniqueNames(item) as { name?: unknown }
      return typeof named === 'object' && typeof named?.name === 'string'
        ? { ...named, name: `${named.name}${index}` }
        : named
    })
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, uniqueNames(member)]))
}

/** As the store gives it back: what is unset may be null. */
function stored(entry: ResourceEntry, object: KubeObject): KubeObject {
  const read = JSON.parse(builtinSchemas.get(entry.schema).encode(object))
  read.metadata.resourceVersion = '1'
  entry.applyDefaults(read)
  return read
}

const mine = builtinCatalogue.entries.filter(({ group }) => groups.has(group))

describe.each(mine.map(entry => [`${entry.group}/${entry.version} ${entry.kind}`, entry] as const))(
  '%s',
  (_, entry) => {
    const hub = entry.hub?.entry ?? entry
    const received = (object: KubeObject) => {
      entry.applyDefaults(object)
      return entry.hub?.toHub(object) ?? object
    }

    it('is judged, whatever it is', () => {
      for (const object of objects(entry)) {
        const context = { subresource: 'create', now: 0, requested: entry }
        const next = received(object)
        hub.strategy.prepareForCreate(next, context)
        expect(hub.strategy.validate(next, context)).toBeInstanceOf(Array)
        hub.strategy.warnings?.(next, undefined)
        expect(hub.cells(next, 0)).toHaveLength(hub.columns.length)
        hub.selectableFields(next)
      }
    })

    it('changes on every endpoint, whatever was stored', () => {
      const all = [...objects(entry)].map(object => stored(hub, received(object)))
      for (const subresource of ['update', ...Object.keys(entry.subresources)]) {
        const context = { subresource, now: 0, requested: entry }
        all.forEach((old, index) => {
          const next = structuredClone(all[(index + 1) % all.length] ?? old)
          hub.strategy.prepareForUpdate(next, old, context)
          expect(hub.strategy.validateUpdate(next, old, context)).toBeInstanceOf(Array)
          hub.strategy.warnings?.(next, old)
          const shown = stored(hub, next)
          expect(hub.cells(shown, 0)).toHaveLength(hub.columns.length)
          entry.hub?.fromHub(shown)
        })
      }
    })

    it('that is stored is valid when it comes again unchanged', () => {
      for (const object of objects(entry)) {
        const old = stored(hub, received(object))
        const next = structuredClone(old)
        hub.strategy.prepareForUpdate(next, old, { subresource: 'update', now: 0, requested: entry })
        const texts = hub.strategy
          .validateUpdate(next, old, { subresource: 'update', now: 0, requested: entry })
          .filter(({ message }) => message?.includes('immutable') || message?.includes('may not be changed'))
        expect(texts).toEqual([])
      }
    })
  },
)
