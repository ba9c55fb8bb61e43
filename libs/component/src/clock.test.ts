import { expect, it, vi } from 'vitest'
import { systemClock } from './clock.ts'

it('what is due already is done at once', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  await new Promise<void>(resolve => systemClock.after(-40, resolve))
  // of less Node would complain
  expect(timers.mock.calls.map(([, delay]) => delay)).toEqual([0])
  timers.mockRestore()
})
