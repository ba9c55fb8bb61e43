import { describe, expect, it } from 'vitest'
import { loadCel } from '../kinds/validation/cel/library.ts'
import { builtinSchemas } from '../schema/schema.ts'
import { ObjectGenerator } from '../testing/object-generator.ts'
import { sparseObjects } from '../testing/sparse-objects.ts'
import type { KubeObject } from '../wire.ts'
import { builtinCatalogue } from './builtin.ts'
import type { ResourceEntry } from './contract.ts'

// what a request's way loads before it validates
await loadCel()

const metadataOf = (entry: ResourceEntry) => ({
  name: 'a',
  resourceVersion: '1',
  ...(entry.namespaced ? { namespace: 'b' } : {}),
})

/** Cells beyond the columns: upstream has one for the age of an address, and no column. */
const cellsBeyond = (entry: ResourceEntry) => (entry.kind === 'IPAddress' ? 1 : 0)

/** What a client may send that has passed the check of fields: empty, halves, and anything by chance. */
function* objects(entry: ResourceEntry): Generator<KubeObject> {
  yield { metadata: metadataOf(entry) }
  for (const part of [{ spec: {} }, { status: {} }, { spec: {}, status: {} }]) {
    // not every kind has them; unknown fields are gone by now
    const schema = builtinSchemas.get(entry.schema)
    const object = { metadata: metadataOf(entry), ...part }
    schema.stripUnknown(object)
    yield object
  }
  for (let seed = 1; seed <= 30; seed++) {
    const generated = new ObjectGenerator(builtinSchemas.message, seed).object(entry.schema)
    yield { ...(uniqueNames(generated) as object), metadata: metadataOf(entry) }
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

describe.each(builtinCatalogue.entries.map(entry => [`${entry.group}/${entry.version} ${entry.kind}`, entry] as const))(
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
        expect(hub.cells(next, 0)).toHaveLength(hub.columns.length + cellsBeyond(hub))
        hub.selectableFields(next)
      }
    })

    it('is judged with any one of its parts alone and empty', () => {
      const context = { subresource: 'update', now: 0, requested: entry }
      const old = stored(hub, received({ metadata: metadataOf(entry) }))
      for (const part of sparseObjects(builtinSchemas.message, entry.schema)) {
        const made = received({ ...structuredClone(part), metadata: metadataOf(entry) })
        const changed = structuredClone(made)
        hub.strategy.prepareForCreate(made, { ...context, subresource: 'create' })
        const told = JSON.stringify(part)
        expect(hub.strategy.validate(made, { ...context, subresource: 'create' }), told).toBeInstanceOf(Array)
        hub.strategy.warnings?.(made, undefined)
        expect(hub.cells(made, 0), told).toHaveLength(hub.columns.length + cellsBeyond(hub))
        hub.strategy.prepareForUpdate(changed, old, context)
        expect(hub.strategy.validateUpdate(changed, old, context), told).toBeInstanceOf(Array)
        hub.strategy.warnings?.(changed, old)
        stored(hub, changed)
      }
    })

    it('keeps what users name as Object.prototype does', () => {
      const names = '{"10":"a","constructor":"b","toString":"c","__proto__":"d"}'
      const labels = '{"10":"a","constructor":"b","toString":"c"}'
      const metadata = { ...metadataOf(entry), labels: JSON.parse(labels), annotations: JSON.parse(names) }
      const made = received({ metadata })
      const context = { subresource: 'create', now: 0, requested: entry }
      hub.strategy.prepareForCreate(made, context)
      const wrong = hub.strategy.validate(made, context).filter(({ field = '' }) => field.startsWith('metadata.labels'))
      expect(wrong).toEqual([])
      const next = structuredClone(stored(hub, made))
      hub.strategy.prepareForUpdate(next, stored(hub, made), { ...context, subresource: 'update' })
      const kept = stored(hub, next).metadata
      expect(kept?.labels).toMatchObject(JSON.parse(labels))
      for (const [name, value] of Object.entries(JSON.parse(names))) {
        expect(Object.entries(kept?.annotations ?? {})).toContainEqual([name, value])
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
          expect(hub.cells(shown, 0)).toHaveLength(hub.columns.length + cellsBeyond(hub))
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
