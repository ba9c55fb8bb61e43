import { describe, expect, it } from 'vitest'
import { recursiveDifference, setOfFields } from './field-set.ts'
import { TypeMismatch } from './list-element.ts'
import { type Gadget, kind, Story } from './testing/story.ts'

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
