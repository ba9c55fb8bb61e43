import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEtcdStore } from '../index.ts'
import type { KeyValueStore } from '../key-value-store.ts'
import { type EtcdCluster, startEtcdCluster } from './cluster.ts'
import type { EtcdMember } from './cluster-member.ts'

let cluster: EtcdCluster
beforeAll(async () => {
  cluster = await startEtcdCluster({ partitions: true })
})
afterAll(() => cluster[Symbol.asyncDispose]())

const open = () =>
  openEtcdStore({
    endpoints: cluster.endpoints,
    caFile: cluster.files.ca,
    certFile: cluster.files.cert,
    keyFile: cluster.files.key,
  })

interface History {
  /** Values whose write was acknowledged, with their revision. */
  acknowledged: Map<number, number>
  /** Values whose fate is not known. */
  unknown: Set<number>
  refused: number
}

/** Writes 0, 1, 2, … to keys of their own until told to stop; every call ends one way or the other. */
function startWriters(store: KeyValueStore, prefix: string) {
  const history: History = { acknowledged: new Map(), unknown: new Set(), refused: 0 }
  let next = 0
  let stopped = false
  const writer = async () => {
    while (!stopped) {
      const i = next++
      try {
        const result = await store.put({ key: `${prefix}${i}`, value: Buffer.from(String(i)), expected: 0 })
        if (result.ok) history.acknowledged.set(i, result.revision)
        else history.refused++
      } catch {
        history.unknown.add(i)
      }
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  const all = Promise.all(Array.from({ length: 4 }, writer))
  return {
    history,
    async stop() {
      stopped = true
      await all
    },
  }
}

/** Writes while `fault` happens; what a watcher saw from before it to after it must be what was written. */
async function surviving(name: string, fault: (written: () => Promise<void>) => Promise<void>): Promise<void> {
  await using store = await open()
  const prefix = `/registry/${name}/`
  const end = `/registry/${name}0`
  const from = (await store.revision()) + 1
  const seen: { i: number; revision: number }[] = []
  const over = new AbortController()
  // as the watch cache does: from where it was
  const follow = (after: number) => {
    let last = after
    if (over.signal.aborted) return
    store.watch({
      start: prefix,
      end,
      from: after + 1,
      onEvents(events, revision) {
        for (const event of events)
          seen.push({ i: Number(Buffer.from(event.value).toString()), revision: event.modRevision })
        last = revision
      },
      onEnd: () => void setTimeout(() => follow(last), 100),
      signal: over.signal,
    })
  }
  follow(from - 1)
  const { history, stop } = startWriters(store, prefix)
  /** Writes go on, or go on again. */
  const written = async () => {
    const before = history.acknowledged.size
    await expect.poll(() => history.acknowledged.size, { timeout: 25_000 }).toBeGreaterThan(before + 10)
  }
  await written()
  await fault(written)
  await written()
  await stop()
  const { kvs } = await store.range({ start: prefix, end })
  const stored = new Map(kvs.map(({ value, modRevision }) => [Number(Buffer.from(value).toString()), modRevision]))
  for (const [i, revision] of history.acknowledged) expect([i, stored.get(i)]).toEqual([i, revision])
  for (const i of stored.keys()) expect(history.acknowledged.has(i) || history.unknown.has(i)).toBe(true)
  // each event once, in order, without a gap
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(stored.size)
  expect(seen.map(({ revision }) => revision)).toEqual([...stored.values()].sort((a, b) => a - b))
  over.abort()
  // keys are written once each: a comparison that fails is a write that was made twice
  expect(history.refused).toBe(0)
}

describe('with three members and writes going on, the etcd store loses nothing when', () => {
  test('the leader is killed, and comes back', async () => {
    await surviving('leader-loss', async written => {
      const leader = await cluster.leader()
      await leader.kill()
      await written()
      await leader.start()
    })
  }, 60_000)

  test('a member is killed, and comes back', async () => {
    await surviving('member-loss', async written => {
      const leader = await cluster.leader()
      const follower = cluster.members.find(member => member !== leader) as EtcdMember
      await follower.kill()
      await written()
      await follower.start()
    })
  }, 60_000)

  test('each member freezes in its turn, also the one that is being used', async () => {
    await surviving('frozen', async written => {
      for (const member of cluster.members) {
        member.freeze()
        await written()
        member.thaw()
        await cluster.leader()
      }
    })
  }, 120_000)

  test('the leader is cut off from the others, while clients reach it', async () => {
    await surviving('partition', async written => {
      const leader = await cluster.leader()
      leader.partition()
      await written()
      expect(await cluster.leader()).not.toBe(leader)
      leader.heal()
      await cluster.leader()
    })
  }, 60_000)

  test('the quorum is lost for a while: writes fail, and go on afterwards', async () => {
    await surviving('quorum', async written => {
      const [one, two] = cluster.members as readonly [EtcdMember, EtcdMember]
      await Promise.all([one.kill(), two.kill()])
      await new Promise(resolve => setTimeout(resolve, 1_000))
      await Promise.all([one.start(), two.start()])
      await written()
    })
  }, 90_000)
})
