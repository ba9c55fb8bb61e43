import { describe, expect, it } from 'vitest'
import { RecentlyUsed } from './recently-used.ts'

describe('what was used recently', () => {
  it('stays while others come and go', () => {
    const kept = new RecentlyUsed<number>(100)
    kept.set('often', -1)
    for (let i = 0; i < 1_000; i++) {
      kept.set(`once ${i}`, i)
      if (i % 20 === 0) expect(kept.get('often')).toBe(-1)
      expect(kept.size).toBeLessThanOrEqual(100)
    }
    expect(kept.get('once 999')).toBe(999)
    expect(kept.get('once 950')).toBe(950)
  })

  it('goes when nobody asks for it', () => {
    const kept = new RecentlyUsed<number>(100)
    kept.set('seldom', -1)
    for (let i = 0; i < 100; i++) kept.set(`once ${i}`, i)
    expect(kept.get('seldom')).toBeUndefined()
  })
})
