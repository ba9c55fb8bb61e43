import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Block, createByteStore } from './byte-store.ts'

const slab = 4096

test('what was put comes back until and after it was dropped, and dead bytes are given up', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ size: fc.nat(1_500), drop: fc.nat(10), adopt: fc.boolean() }), { maxLength: 400 }),
      steps => {
        const store = createByteStore(slab)
        let given = new Uint8Array(new SharedArrayBuffer(slab))
        let used = 0
        /** As somebody hands them over: one behind the other in memory of his. */
        const adopted = (size: number, fill: number) => {
          if (used + size > slab) {
            given = new Uint8Array(new SharedArrayBuffer(slab))
            used = 0
          }
          const bytes = given.subarray(used, used + size).fill(fill)
          used += size
          return store.adopt(bytes)
        }
        const blocks: { block: Block; fill: number; size: number }[] = []
        let live = 0
        for (const [i, { size, drop, adopt }] of steps.entries()) {
          const fill = i % 251
          const block = adopt ? adopted(size, fill) : store.put(Buffer.alloc(size, fill))
          blocks.push({ block, fill, size })
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
      },
    ),
    { numRuns: 100 },
  )
})
