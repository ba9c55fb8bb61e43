import { type Clock, systemClock } from '@kubets/component'
import { expect, it, vi } from 'vitest'
import { testApiServer } from '../testing/api-server.ts'
import { openWatch } from '../testing/watch-reader.ts'
import { WatchGroup } from './watch-group.ts'

/** What is looked at each second (`watch-ticker.ts`) is looked at a hundred times as often; whoever waits longer waits as ever. */
const hasty: Clock = {
  now: systemClock.now,
  after: (ms, callback) => systemClock.after(ms === 1_000 ? 10 : ms, callback),
}
const path = '/api/v1/namespaces/default/configmaps'

it('watchers of one connection are told together, each what it asked for, and go on when one of them ends', async () => {
  const sends = vi.spyOn(WatchGroup.prototype, 'send')
  await using api = await testApiServer({ clock: hasty })
  const create = async (name: string, team: string) => {
    const { status } = await api.h1.request('POST', path, {
      body: { metadata: { name, labels: { team } }, data: { text: 'x'.repeat(20_000) } },
    })
    expect(status).toBe(201)
  }
  const { json } = await api.h1.request('GET', path)
  const after = `watch=1&resourceVersion=${json.metadata.resourceVersion}`
  const watches = await Promise.all(
    Array.from({ length: 10 }, async (_, i) => ({
      team: i % 2 === 0 ? undefined : 'red',
      watch: await openWatch(api.h2, `${path}?${after}${i % 2 === 0 ? '' : '&labelSelector=team%3Dred'}`),
    })),
  )
  const names: Record<'all' | 'red', string[]> = { all: [], red: [] }
  const next = async (team: 'red' | 'blue') => {
    const name = `${team}-${names.all.length}`
    names.all.push(name)
    if (team === 'red') names.red.push(name)
    await create(name, team)
  }
  await next('red')
  while (sends.mock.calls.length === 0) await next('red')
  for (let i = 0; i < 8; i++) await next(i % 3 === 0 ? 'blue' : 'red')
  const gone = [...watches.splice(1, 1), ...watches.splice(3, 2)]
  for (const { watch } of gone) watch.close()
  for (let i = 0; i < 8; i++) await next(i % 3 === 0 ? 'blue' : 'red')
  await next('red')
  for (const { watch, team } of watches) {
    const seen = await watch.until(event => event.object.metadata.name === names.all.at(-1))
    expect(seen.map(event => event.object.metadata.name)).toEqual(team === undefined ? names.all : names.red)
    watch.close()
  }
  sends.mockRestore()
})
