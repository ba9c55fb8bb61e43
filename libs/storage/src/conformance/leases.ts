import { describe, expect, test } from 'vitest'
import { LeaseNotFoundError } from '../key-value-store.ts'
import { bytes, type Fixture, text } from './fixture.ts'

/** Keys that go with their lease. */
export function leases(on: Fixture): void {
  const { put, list, watch } = on
  describe('leases', () => {
    test('revoking one deletes its keys at one revision', async () => {
      const lease = await on.store.grantLease(60)
      const from = (await on.store.revision()) + 1
      const seen = watch({ from })
      await on.store.put({ key: '/test/a', value: bytes('1'), expected: 0, lease })
      await on.store.put({ key: '/test/b', value: bytes('1'), expected: 0, lease })
      const c = await put('/test/c', '1')
      expect((await on.store.get('/test/a')).kv?.lease).toBe(lease)
      await on.store.revokeLease(lease)
      await seen.until(c + 1)
      expect(await list()).toEqual([`c=1@${c}/${c}`])
      expect(seen.events.filter(event => event.type === 'delete').map(event => event.modRevision)).toEqual([
        c + 1,
        c + 1,
      ])
      await expect(on.store.revokeLease(lease)).rejects.toThrow(LeaseNotFoundError)
    })

    test('those that live are listed with what is left of them', async () => {
      const lease = await on.store.grantLease(60)
      const other = await on.store.grantLease(600)
      const found = await on.store.leases()
      expect(found.find(one => one.id === lease)?.ttl).toBe(60)
      const rest = found.find(one => one.id === other)
      expect(rest?.ttl).toBe(600)
      expect(rest?.remaining).toBeGreaterThan(500)
      expect(rest?.remaining).toBeLessThanOrEqual(600)
      await on.store.revokeLease(lease)
      expect((await on.store.leases()).map(one => one.id)).not.toContain(lease)
      await on.store.revokeLease(other)
    })

    test('a key written again without it is kept', async () => {
      const lease = await on.store.grantLease(60)
      const a = await on.store.put({ key: '/test/a', value: bytes('1'), expected: 0, lease })
      await put('/test/a', '2', a.revision)
      await on.store.revokeLease(lease)
      expect(text((await on.store.get('/test/a')).kv?.value)).toBe('2')
    })

    test('a write with an unknown lease is refused', async () => {
      const lease = 123456789n
      const write = on.store.put({ key: '/test/a', value: bytes('1'), expected: 0, lease })
      await expect(write).rejects.toThrow(LeaseNotFoundError)
      await expect(on.store.keepLeaseAlive(lease)).rejects.toThrow(LeaseNotFoundError)
      expect((await on.store.get('/test/a')).kv).toBeUndefined()
    })

    test('one that is not kept alive expires with its keys; one that is, stays', async () => {
      const short = await on.store.grantLease(2)
      const kept = await on.store.grantLease(2)
      await on.store.put({ key: '/test/short', value: bytes('1'), expected: 0, lease: short })
      await on.store.put({ key: '/test/kept', value: bytes('1'), expected: 0, lease: kept })
      const alive = async () => {
        await on.store.keepLeaseAlive(kept)
        return (await on.store.get('/test/short')).kv
      }
      await expect.poll(alive, { timeout: 20_000, interval: 200 }).toBeUndefined()
      expect((await on.store.get('/test/kept')).kv).toBeDefined()
      await expect(on.store.keepLeaseAlive(short)).rejects.toThrow(LeaseNotFoundError)
    })
  })
}
