import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Block, createByteStore } from './byte-store.ts'

const slab = 4096

test('what was put comes back until and after it was dropped, and dead bytes are given up', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ size: fc.nat(1_500), drop: fc.nat(10) }), { maxLength: 400 }), steps => {
      const store = createByteStore(slab)
      const blocks: { block: Block; fill: number; size: number }[] = []
      let live = 0
      for (const [i, { size, drop }] of steps.entries()) {
        const fill = i % 251
        blocks.push({ block: store.put(Buffer.alloc(size, fill)), fill, size })
        live += size
        if (drop < 6 && blocks.length > 0) {
          const at = (i * 31) % blocks.length
          const [gone] = blocks.splice(at, 1)
          if (!gone) continue
          const view = store.view(gone.block)
          store.drop(gone.block)
          store.drop(gone.block)
          live -= gone.size
          expect(view.every(byte => byte === gone.fill)).toBe(true)
        }
        expect(store.live).toBe(live)
      }
      for (const { block, fill, size } of blocks) {
        const view = store.view(block)
        expect(view.length).toBe(size)
        expect(view.every(byte => byte === fill)).toBe(true)
      }
      // every full slab is at least half live, but for what does not fit at a slab's end
      expect(store.held).toBeLessThanOrEqual(live * 3 + 2 * slab)
      for (const { block } of blocks) store.drop(block)
      expect(store.held).toBeLessThanOrEqual(2 * slab)
    }),
    { numRuns: 100 },
  )
})
