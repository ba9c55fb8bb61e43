import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyConfig } from './apply-config.ts'
import { ApplyConflicts } from './conflict.ts'
import { recursiveDifference, setOfFields, showSet } from './field-set.ts'
import { decodeFieldsV1 } from './fields-v1.ts'
import { TypeMismatch } from './list-element.ts'
import type { ManagedKind } from './managed-kind.ts'
import type { ManagedFieldsEntry } from './managers.ts'
import { compareUtf8, fieldElement } from './path-element.ts'
import { trackUpdate } from './track-update.ts'
import { deduced, type FieldView, type MapView, type TypeView, untypedAtomic } from './type-view.ts'

const text: TypeView = { scalar: { kind: 'string' } }
const count: TypeView = { scalar: { kind: 'numeric' } }
const map = (item: TypeView, atomic = false): TypeView => ({
  map: { atomic, fields: [], field: () => undefined, item, neverEmpty: false },
})
const list = (item: TypeView, keys?: readonly string[]): TypeView => ({
  list: { atomic: keys === undefined, keys: keys ?? [], item },
})
function struct(types: Record<string, TypeView | [TypeView, string]>, atomic = false): TypeView {
  const fields: FieldView[] = Object.entries(types)
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([name, type]) => ({
      name,
      element: fieldElement(name),
      type: Array.isArray(type) ? type[0] : type,
      ...(Array.isArray(type) ? { default: type[1] } : {}),
      optional: true,
      typed: value => (value === null ? undefined : value),
    }))
  const byName = new Map(fields.map(field => [field.name, field]))
  const view: MapView = { atomic, fields, field: name => byName.get(name), item: undefined, neverEmpty: false }
  return { map: view }
}

const port = struct({ port: count, protocol: [text, 'TCP'], name: text })
const gadget = struct({
  apiVersion: text,
  kind: text,
  metadata: struct({
    name: text,
    uid: text,
    labels: map(text),
    finalizers: list(text, []),
    managedFields: list(deduced),
  }),
  replicas: count,
  ports: list(port, ['port', 'protocol']),
  args: list(text),
  tags: list(text, []),
  selector: struct({ a: text, b: text }, true),
  template: struct({ name: text, env: list(struct({ name: text, value: text }), ['name']) }),
  free: deduced,
  blob: untypedAtomic,
  status: struct({ phase: text }),
})

const kind = (filter: ManagedKind['filter'] = set => set): ManagedKind => ({
  view: version => (version === 'v1' ? gadget : undefined),
  convert: object => object,
  filter,
})

type Gadget = Record<string, unknown>

/** An object and its managers through a row of writes; the clock goes a second each. */
class Story {
  live: Gadget = { kind: 'Gadget', apiVersion: 'v1' }
  managed: ManagedFieldsEntry[] | undefined
  #second = 0
  readonly kind: ManagedKind
  constructor(rules: ManagedKind = kind()) {
    this.kind = rules
  }
  get now() {
    return `2026-01-01T00:00:${String(this.#second++).padStart(2, '0')}Z`
  }
  apply(manager: string, config: Gadget, { force = false, subresource = '' } = {}): this {
    const applied = applyConfig({
      kind: this.kind,
      apiVersion: 'v1',
      live: this.live,
      liveManaged: this.managed,
      config: { kind: 'Gadget', apiVersion: 'v1', ...config },
      manager,
      subresource,
      force,
      now: this.now,
    })
    this.live = {
      ...((applied.object ?? this.live) as Gadget),
      metadata: { name: 'a', uid: 'u', ...metadataOf(applied.object ?? this.live) },
    }
    this.managed = applied.managed
    return this
  }
  update(manager: string, object: Gadget, sent = this.managed, subresource = ''): this {
    this.managed = trackUpdate({
      kind: this.kind,
      apiVersion: 'v1',
      live: this.live.metadata === undefined ? {} : this.live,
      object,
      liveManaged: this.managed,
      sentManaged: sent,
      manager,
      subresource,
      now: this.now,
    })
    this.live = { ...object, metadata: { name: 'a', uid: 'u', ...metadataOf(object) } }
    return this
  }
  owned(manager: string, operation = 'Apply'): string[] {
    const entry = this.managed?.find(e => e.manager === manager && e.operation === operation)
    return entry === undefined ? [] : showSet(decodeFieldsV1(entry.fieldsV1).set).split('\n')
  }
  conflict(manager: string, config: Gadget): string {
    try {
      this.apply(manager, config)
    } catch (error) {
      if (error instanceof ApplyConflicts) return error.message
      throw error
    }
    return 'none'
  }
}
const metadataOf = (object: object) => (object as { metadata?: object }).metadata

describe('an apply', () => {
  it('owns what it says, structs apart', () => {
    const story = new Story().apply('a', { replicas: 1, template: { name: 'x', env: [{ name: 'E', value: '1' }] } })
    expect(story.owned('a').sort()).toEqual([
      '.replicas',
      '.template.env[name="E"]',
      '.template.env[name="E"].name',
      '.template.env[name="E"].value',
      '.template.name',
    ])
  })

  it('takes away what it said before and does not say now', () => {
    const story = new Story()
      .apply('a', { replicas: 1, ports: [{ port: 80 }, { port: 81 }], metadata: { labels: { x: '1', y: '2' } } })
      .apply('a', { ports: [{ port: 81 }], metadata: { labels: { y: '2' } } })
    expect(story.live).toMatchObject({ ports: [{ port: 81 }], metadata: { labels: { y: '2' } } })
    expect(story.live).not.toHaveProperty('replicas')
    expect(story.owned('a')).not.toContain('.replicas')
  })

  it('leaves what somebody else has too', () => {
    const story = new Story()
      .apply('a', { replicas: 1, tags: ['x', 'y'] })
      .apply('b', { replicas: 1, tags: ['y'] })
      .apply('a', { tags: [] })
    expect(story.live).toMatchObject({ replicas: 1, tags: ['y'] })
    expect(story.owned('b')).toContain('.replicas')
    expect(story.owned('a')).toEqual([])
  })

  it('conflicts with other values of others, of which it tells all', () => {
    const story = new Story().apply('a', { replicas: 1, template: { name: 'x' } }).update('kubectl-edit', {
      kind: 'Gadget',
      apiVersion: 'v1',
      metadata: { name: 'a' },
      replicas: 1,
      template: { name: 'x' },
      args: ['1'],
    })
    expect(story.conflict('b', { replicas: 2 })).toBe('Apply failed with 1 conflict: conflict with "a": .replicas')
    expect(story.conflict('b', { args: ['2'], replicas: 3, template: { name: 'y' } })).toBe(
      'Apply failed with 3 conflicts: conflicts with "a":\n- .replicas\n- .template.name\nconflicts with "kubectl-edit" using v1:\n- .args',
    )
    // the same values are shared
    expect(story.conflict('b', { args: ['1'] })).toBe('none')
  })

  it('takes fields over by force', () => {
    const story = new Story().apply('a', { replicas: 1 }).apply('b', { replicas: 2 }, { force: true })
    expect(story.live.replicas).toBe(2)
    expect(story.owned('a')).toEqual([])
    expect(story.owned('b')).toEqual(['.replicas'])
  })

  it('keeps its time when it changes nothing', () => {
    const story = new Story().apply('a', { replicas: 1 })
    const before = story.managed
    expect(story.apply('a', { replicas: 1 }).managed).toEqual(before)
    expect(story.apply('a', { replicas: 2 }).managed).not.toEqual(before)
  })

  it('takes lists and structs that are one value whole', () => {
    const story = new Story().apply('a', { args: ['1', '2'], selector: { a: '1' } })
    expect(story.conflict('b', { selector: { b: '1' } })).toContain('.selector')
    expect(story.apply('a', { args: ['3'], selector: { b: '2' } }).live).toMatchObject({
      args: ['3'],
      selector: { b: '2' },
    })
    expect(story.owned('a').sort()).toEqual(['.args', '.selector'])
  })

  it('knows the default of a key that is left out', () => {
    const story = new Story().apply('a', { ports: [{ port: 80, name: 'x' }] })
    expect(story.owned('a')).toContain('.ports[port=80,protocol="TCP"]')
    expect(story.conflict('b', { ports: [{ port: 80, protocol: 'TCP', name: 'y' }] })).toBe(
      'Apply failed with 1 conflict: conflict with "a": .ports[port=80,protocol="TCP"].name',
    )
  })

  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['in its own order', ['a', 'b', 'c'], ['c', 'x', 'a'], ['b', 'c', 'x', 'a']],
    ['at the end', ['a', 'b'], ['c'], ['a', 'b', 'c']],
    ['before what stood behind it', ['a', 'b', 'c'], ['x', 'b'], ['a', 'x', 'b', 'c']],
  ])('puts its items %s', (_, live, config, merged) => {
    expect(new Story().apply('a', { tags: live }).apply('b', { tags: config }).live.tags).toEqual(merged)
  })

  it('merges trees without a schema, their lists as one', () => {
    const story = new Story().apply('a', { free: { x: { y: 1 }, l: [1] } }).apply('b', { free: { x: { z: 2 } } })
    expect(story.live.free).toEqual({ x: { y: 1, z: 2 }, l: [1] })
    expect(story.conflict('b', { free: { l: [2] } })).toContain('.free.l')
    expect(story.apply('b', { blob: { any: { thing: [1] } } }).owned('b')).toContain('.blob')
  })

  it.each<[string, Gadget, string]>([
    ['a field that there is not', { nope: 1 }, '.nope: field not declared in schema'],
    ['a wrong type', { replicas: '1' }, '.replicas: expected numeric (int or float), got string'],
    [
      'another wrong type',
      { template: { name: 1 } },
      '.template.name: expected string, got &value.valueUnstructured{Value:1}',
    ],
    ['a list for a map', { template: [] }, '.template: expected map, got &{[]}'],
    ['items that are the same', { tags: ['a', 'a'] }, '.tags: duplicate entries for key [="a"]'],
    [
      'an item without its key',
      { template: { env: [{ value: 'x' }] } },
      `.template.env: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)`,
    ],
  ])('refuses %s', (_, config, message) => {
    expect(() => new Story().apply('a', config)).toThrow(new TypeMismatch(message))
  })

  it('tells all that is wrong', () => {
    expect(() => new Story().apply('a', { replicas: true, args: [1] })).toThrow(
      'errors:\n  .replicas: expected numeric (int or float), got bool\n  .args[0]: expected string, got &value.valueUnstructured{Value:1}',
    )
  })

  it('makes a manager of who wrote before anybody applied', () => {
    const story = new Story()
    story.live = { kind: 'Gadget', apiVersion: 'v1', metadata: { name: 'a', uid: 'u' }, replicas: 1, args: ['x'] }
    expect(story.conflict('b', { replicas: 2 })).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .replicas',
    )
    story.apply('b', { replicas: 2 }, { force: true })
    expect(story.owned('before-first-apply', 'Update')).toEqual(['.args'])
  })

  it('does not own what the endpoint takes from elsewhere', () => {
    const story = new Story(kind(set => recursiveDifference(set, setOfFields(['status']))))
    story.apply('a', { replicas: 1, status: { phase: 'x' } })
    expect(story.owned('a')).toEqual(['.replicas'])
  })

  it('forgets managers of versions that are gone', () => {
    const story = new Story().apply('a', { replicas: 1 })
    story.managed = story.managed?.map(entry => ({ ...entry, apiVersion: 'v0' }))
    expect(story.conflict('b', { replicas: 2 })).toBe('none')
    expect(story.managed?.map(({ manager }) => manager)).toEqual(['b'])
  })

  it('fits sets that were written when a struct was not yet one value', () => {
    const story = new Story().apply('a', { selector: { a: '1' } })
    story.managed = story.managed?.map(entry => ({ ...entry, fieldsV1: { 'f:selector': { 'f:a': {} } } }))
    expect(story.conflict('b', { selector: { a: '2' } })).toBe(
      'Apply failed with 1 conflict: conflict with "a": .selector',
    )
  })
})

const configs: fc.Arbitrary<Gadget> = fc.record(
  {
    replicas: fc.nat(2),
    args: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }),
    tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
    ports: fc.uniqueArray(fc.record({ port: fc.nat(2), name: fc.constantFrom('p', 'q') }), { selector: p => p.port }),
    template: fc.record({ name: fc.constantFrom('n', 'm') }, { requiredKeys: [] }),
    free: fc.dictionary(fc.constantFrom('k', '__proto__', '10'), fc.nat(2)),
  },
  { requiredKeys: [] },
)

describe('any applies', () => {
  it('do nothing the second time', () => {
    fc.assert(
      fc.property(configs, configs, (first, second) => {
        const story = new Story().apply('a', first).apply('b', second, { force: true })
        const before = JSON.stringify([story.live, story.managed])
        expect(JSON.stringify([story.apply('b', second).live, story.managed])).toBe(before)
      }),
    )
  })

  it('leave nothing behind once their managers let go, but what another one has', () => {
    fc.assert(
      fc.property(configs, configs, (first, second) => {
        const story = new Story().apply('a', first).apply('b', second, { force: true }).apply('a', {})
        const alone = new Story().apply('b', second)
        expect(story.owned('a')).toEqual([])
        const bare = ({ kind: _, apiVersion: __, metadata: ___, ...rest }: Gadget) =>
          // what is left empty says nothing
          JSON.stringify(rest, (_, v) =>
            typeof v === 'object' && v !== null && Object.keys(v).length === 0 ? undefined : v,
          )
        const members = (gadget: Gadget) => Object.keys(JSON.parse(bare(gadget) ?? '{}')).sort()
        expect(members(story.live)).toEqual(members(alone.live))
        expect(story.apply('b', {}).owned('b')).toEqual([])
      }),
    )
  })

  it('have the value that was applied last', () => {
    fc.assert(
      fc.property(configs, configs, (first, second) => {
        const { live } = new Story().apply('a', first).apply('b', second, { force: true })
        for (const key of ['replicas', 'args'] as const)
          if (second[key] !== undefined) expect(live[key]).toEqual(second[key])
        for (const tag of (second.tags as string[] | undefined) ?? []) expect(live.tags).toContain(tag)
      }),
    )
  })
})

describe('an update', () => {
  const object = (more: Gadget) => ({ kind: 'Gadget', apiVersion: 'v1', metadata: { name: 'a' }, ...more })

  it('owns what it changed, and others lose it', () => {
    const story = new Story()
      .update('one', object({ replicas: 1, args: ['a'] }))
      .update('two', object({ replicas: 2, args: ['a'] }))
    expect(story.owned('one', 'Update')).toEqual(['.args'])
    expect(story.owned('two', 'Update')).toEqual(['.replicas'])
  })

  it('takes away what it takes out of the object', () => {
    const story = new Story().apply('a', { replicas: 1, template: { name: 'x' } }).update('b', object({ replicas: 1 }))
    expect(story.owned('a')).toEqual(['.replicas'])
    expect(story.owned('b', 'Update')).toEqual([])
  })

  it('that changes nothing changes no time', () => {
    const story = new Story().update('one', object({ replicas: 1 }))
    const before = story.managed
    expect(story.update('two', object({ replicas: 1 })).managed).toEqual(before)
  })

  it('has entries by operation and subresource, appliers first', () => {
    const story = new Story()
      .update('a', object({ replicas: 1 }))
      .update('a', object({ replicas: 1, status: { phase: 'x' } }), undefined, 'status')
      .apply('a', { args: ['1'] })
    expect(story.managed?.map(({ operation, subresource, time }) => [operation, subresource, time])).toEqual([
      ['Apply', undefined, '2026-01-01T00:00:02Z'],
      ['Update', undefined, '2026-01-01T00:00:00Z'],
      ['Update', 'status', '2026-01-01T00:00:01Z'],
    ])
  })

  it.each<[string, ManagedFieldsEntry[]]>([
    ['an empty list', []],
    ['a list of one empty entry', [{}]],
  ])('with %s of managers forgets all of them', (_, sent) => {
    const story = new Story().update('one', object({ replicas: 1 })).update('two', object({ replicas: 2 }), sent)
    expect(story.managed).toBeUndefined()
    // and nobody is recorded until somebody applies
    expect(story.update('three', object({ replicas: 3 }), undefined).managed).toBeUndefined()
  })

  it('with managers that are not valid leaves them as they are', () => {
    const story = new Story().update('one', object({ replicas: 1 }))
    story.update('two', object({ replicas: 1 }), [{ manager: 'x', operation: 'Delete', apiVersion: 'v1' }])
    expect(story.managed?.map(({ manager }) => manager)).toEqual(['one'])
  })

  it('puts the oldest of more than ten managers together', () => {
    const story = new Story()
    for (let i = 0; i < 12; i++)
      story.update(
        `m${i}`,
        object({
          metadata: { name: 'a', labels: Object.fromEntries(Array.from({ length: i + 1 }, (_, n) => [`l${n}`, 'x'])) },
        }),
      )
    expect(story.managed).toHaveLength(10)
    expect(story.managed?.[0]).toMatchObject({
      manager: 'ancient-changes',
      operation: 'Update',
      time: '2026-01-01T00:00:02Z',
    })
    expect(story.owned('ancient-changes', 'Update').sort()).toEqual([
      '.metadata.labels',
      '.metadata.labels.l0',
      '.metadata.labels.l1',
      '.metadata.labels.l2',
    ])
  })
})
