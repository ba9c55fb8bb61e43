import { describe, expect, it } from 'vitest'
import { Shares, shareOf } from './shares.ts'

describe('of too many, the first to go', () => {
  it('is the oldest of whoever has the most', () => {
    const shares = new Shares<string>()
    for (const [from, member] of [
      ['a', 'a1'],
      ['b', 'b1'],
      ['b', 'b2'],
      ['c', 'c1'],
      ['b', 'b3'],
      ['c', 'c2'],
    ] as const)
      shares.add(from, member)
    const gone: string[] = []
    for (let next = shares.first(); next !== undefined; next = shares.first()) {
      shares.delete(next[0] as string, next)
      gone.push(next)
    }
    expect(gone.slice(0, 1)).toEqual(['b1'])
    // from here on two have equally many
    expect(gone.slice(1, 3).sort()).toEqual(['b2', 'c1'])
    expect(gone.slice(3).sort()).toEqual(['a1', 'b3', 'c2'])
    expect([shares.size, shares.largest]).toEqual([0, 0])
  })

  it('is found whatever came and went', () => {
    const shares = new Shares<number>()
    const plain = new Map<string, number[]>()
    let seed = 1
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    for (let i = 0; i < 5_000; i++) {
      const from = `address ${random(12)}`
      const mine = plain.get(from) ?? []
      plain.set(from, mine)
      if (random(5) < 3) {
        mine.push(i)
        shares.add(from, i)
      } else {
        const [member = -1] = mine.splice(random(mine.length + 1), 1)
        shares.delete(from, member)
      }
      const largest = Math.max(...[...plain.values()].map(one => one.length))
      const oldest = [...plain.values()].filter(one => one.length === largest).map(one => one[0])
      expect(shares.largest).toBe(largest)
      expect(oldest).toContain(shares.first())
      expect(shares.size).toBe([...plain.values()].flat().length)
    }
  })
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s is counted as %s', (address, share) => {
  expect(shareOf(address)).toBe(share)
})
