import { readdir, readlink } from 'node:fs/promises'
import { createClient } from '@kubets/client'
import { expect, it } from 'vitest'
import type { Victim } from '../victim.ts'
import { codes } from '../wire.ts'
import { randomConnection } from './connection.ts'
import { play } from './play.ts'

/** Connections of a run. More are tried on purpose: KUBETS_RANDOM_CONNECTIONS=100000, from another KUBETS_SEED. */
const count = Number(process.env.KUBETS_RANDOM_CONNECTIONS ?? 1_000)
/** So many at once, far fewer than the server takes. */
const width = 48

const seedOf = (text = '1') => (text === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(text))

/** What no attacker thought of: the same bytes on every run, or others on purpose. */
export function randomRequests(victim: () => Victim): void {
  // each of them ends by itself; no more than thirty a second is asked of a busy machine
  const timeout = 90_000 + count * 30

  it(`${count} random connections: the server lives, serves others meanwhile, and keeps none of them`, {
    timeout,
  }, async () => {
    const seed = seedOf(process.env.KUBETS_SEED)
    const { pid } = victim()
    const before = await sockets(pid)
    const over = new AbortController()
    const served = serveMeanwhile(victim(), over.signal)
    await many(count, async number => {
      const connection = randomConnection(seed, number)
      const said = await play(victim(), connection)
      const faults = connection.protocol === 'h2' ? [] : codes(said).filter(code => code === 500)
      expect(faults, `connection ${number} of KUBETS_SEED=${seed}: ${said.slice(0, 2_000)}`).toEqual([])
    }).finally(() => over.abort())
    expect(await served, 'honest requests meanwhile').toBeGreaterThan(0)
    await expect
      // the server looks after those that were reset every few seconds
      .poll(() => sockets(pid), { timeout: 45_000, message: 'sockets of the server' })
      .toBeLessThanOrEqual(before)
  })
}

/** Does it for so many numbers, some at a time. */
async function many(limit: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0
  const client = async () => {
    for (let number = next++; number < limit; number = next++) await work(number)
  }
  await Promise.all(Array.from({ length: width }, client))
}

/** Asks for an object over one connection until it is told to stop; every answer is the right one. Resolves with how many there were. */
async function serveMeanwhile({ port, authority, objects }: Victim, over: AbortSignal): Promise<number> {
  await using client = createClient({ server: `https://127.0.0.1:${port}`, ca: authority.cert, ...objects.viewer })
  for (let answers = 0; ; answers++) {
    if (over.aborted) return answers
    const { status } = await client.raw('GET', '/api/v1/namespaces/team/pods')
    expect(status, 'an honest client meanwhile').toBe(200)
  }
}

/** Those that a process has open. */
async function sockets(pid: number): Promise<number> {
  const folder = `/proc/${pid}/fd`
  const links = await Promise.all((await readdir(folder)).map(name => readlink(`${folder}/${name}`).catch(() => '')))
  return links.filter(link => link.startsWith('socket:')).length
}
