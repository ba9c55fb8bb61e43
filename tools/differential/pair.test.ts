import { expect, it } from 'vitest'
import type { Exchange } from './exchange.ts'
import { ask, newMemory } from './pair.ts'
import type { Step } from './plan/step.ts'

/** Answers with each of the bodies in turn, then with the last one for ever. */
function saying(...bodies: object[]): Exchange & { asked: number } {
  const exchange = {
    asked: 0,
    async send() {
      const body = bodies[Math.min(exchange.asked++, bodies.length - 1)]
      return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) }
    },
  }
  return exchange as unknown as Exchange & { asked: number }
}

const step: Step = { verb: 'get', about: 'a status', request: { method: 'GET', path: '/' } }
const outcome = async (upstream: Exchange, kubets: Exchange, within?: number) =>
  (await ask({ upstream, kubets }, 'kinds', { ...step, ...(within ? { within } : {}) }, newMemory(), () => {})).outcome

it("waits for what one server's controller has still to write", async () => {
  expect(await outcome(saying({ x: 1 }, { x: 1 }, { x: 2 }), saying({ x: 2 }), 60_000)).toBe('equal')
})

it('says so where the answers stay different', async () => {
  const upstream = saying({ x: 1 })
  expect(await outcome(upstream, saying({ x: 2 }), 150)).toBe('different')
  expect(upstream.asked).toBeGreaterThan(1)
})

it('asks once where nothing is to be waited for', async () => {
  const upstream = saying({ x: 1 }, { x: 2 })
  expect(await outcome(upstream, saying({ x: 2 }))).toBe('different')
  expect(upstream.asked).toBe(1)
})
