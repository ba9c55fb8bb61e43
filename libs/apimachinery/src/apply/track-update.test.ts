import { describe, expect, it } from 'vitest'
import type { ManagedFieldsEntry } from './managers.ts'
import { type Gadget, Story } from './testing/story.ts'

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
