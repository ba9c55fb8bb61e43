import { Connection, requestBytes } from './connection.ts'
import type { Target } from './target.ts'

/** The sampler's own interval, which its figures contain, ms. */
export const resolution = 10

/** p99 of the event-loop delay of a server while `work` runs, ms, from its own metrics. */
export async function eventLoopDelay(target: Target, work: () => Promise<unknown>): Promise<number> {
  // a server's first page loads what makes pages, and holds the loop for longer than what is measured: of the half second of some works that were the p99
  await scrape(target)
  // the figure begins anew with each reading
  await scrape(target)
  await work()
  return Math.max(0, (await scrape(target)) * 1000 - resolution)
}

async function scrape(target: Target): Promise<number> {
  const connection = await Connection.open(target)
  const { body } = await connection.request(
    requestBytes({ method: 'GET', path: '/metrics', token: target.token }),
    'keep',
  )
  connection.close()
  const line = /^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(body.toString('latin1'))
  if (line === null) throw new Error('the server has no metric nodejs_eventloop_lag_p99_seconds')
  return Number(line[1])
}
