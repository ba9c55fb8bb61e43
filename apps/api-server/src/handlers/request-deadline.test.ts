import { expect, it, vi } from 'vitest'
import type { RequestContext } from './request-context.ts'
import { RequestDeadlines } from './request-deadline.ts'

it('a time that is over already ends the request at once', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  const context = { info: { verb: 'get' }, receivedAt: performance.now() - 50, timeout: 0.000_001 } as RequestContext
  const expired = Promise.withResolvers<RequestContext>()
  using deadlines = new RequestDeadlines(60_000, expired.resolve)
  deadlines.add(context)
  expect(await expired.promise).toBe(context)
  // of less Node would complain
  expect(timers.mock.calls.map(([, delay]) => delay)).toEqual([0])
  timers.mockRestore()
})
