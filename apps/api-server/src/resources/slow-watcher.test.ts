import { describe, expect, it } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'
import { openWatch, type WatchReader } from '../testing/watch-reader.ts'

/** 25 MB: more than the server keeps for one, and what sockets hold besides. */
const count = 25
const size = 1_000_000
const path = '/api/v1/namespaces/default/configmaps'

async function rest(watch: WatchReader): Promise<{ name: string; revision: number }[]> {
  const seen: { name: string; revision: number }[] = []
  for (let event = await watch.next(); event !== undefined; event = await watch.next())
    seen.push({ name: event.object.metadata.name, revision: Number(event.object.metadata.resourceVersion) })
  return seen
}

describe.each(['h1', 'h2'] as const)('a watcher over %s that reads nothing', which => {
  it('is ended in order; what it was sent has no gaps, and it goes on from there; others miss nothing', async () => {
    await using api = await testApiServer()
    const names = Array.from({ length: count }, (_, i) => `big-${i}`)
    const slow = await openWatch(api[which], `${path}?watch=1&resourceVersion=0`)
    const other = await openWatch(api[which], `${path}?watch=1&resourceVersion=0`)
    for (const name of names) {
      await api.store.createAll([
        {
          key: `/registry/configmaps/default/${name}`,
          value: Buffer.from(
            `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"${name}","namespace":"default","uid":"u-${name}","creationTimestamp":"2026-01-01T00:00:00Z"},"data":{"t":"${'x'.repeat(size)}"}}`,
          ),
        },
      ])
      const [event] = await other.until(e => e.object.metadata.name === name)
      expect(event?.type).toBe('ADDED')
    }
    // no error and no broken stream: what it has read is whole
    const before = await rest(slow)
    expect(before.length).toBeLessThan(count)
    const last = before.at(-1)?.revision ?? 0
    const again = await openWatch(api[which], `${path}?watch=1&resourceVersion=${last}`)
    const after = await again.until(e => e.object.metadata.name === names.at(-1))
    expect([...before.map(one => one.name), ...after.map(e => e.object.metadata.name)]).toEqual(names)
    again.close()
    other.close()
  })
})
