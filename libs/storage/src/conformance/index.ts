import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { KeyValueStore } from '../key-value-store.ts'
import { compaction } from './compaction.ts'
import { bytes, Fixture } from './fixture.ts'
import { leases } from './leases.ts'
import { reads } from './reads.ts'
import { watches } from './watches.ts'
import { writes } from './writes.ts'

/**
 * What every {@link KeyValueStore} must do, as etcd v3 does it. `open` gives an empty store for each case; the suite closes it.
 * Keys are taken below `/test/`; backends may hold other keys.
 */
export function keyValueStoreSuite(name: string, open: () => Promise<KeyValueStore>): void {
  describe(`${name} keeps the store's contract`, () => {
    const on = new Fixture()
    beforeEach(async () => on.begin(await open()))
    afterEach(() => on.end())

    for (const section of [reads, writes, watches, compaction, leases]) section(on)

    test('calls on a closed store fail', async () => {
      await on.store.close()
      await expect(on.store.get('/test/a')).rejects.toThrow()
      await expect(on.store.put({ key: '/test/a', value: bytes('1'), expected: 0 })).rejects.toThrow()
      await expect(on.store.revision()).rejects.toThrow()
      await on.store.close()
    })
  })
}
