import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Gadget, Story } from './testing/story.ts'

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
