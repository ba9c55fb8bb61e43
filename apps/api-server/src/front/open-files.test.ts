import { expect, it } from 'vitest'
import { divideOpenFiles, openFilesLimit } from './open-files.ts'

it('the limit of open files is read from the kernel', () => {
  const line = (soft: string) => `Max processes  1  1  processes\nMax open files            ${soft}   1048576   files\n`
  expect(openFilesLimit(() => line('20000'))).toBe(20_000)
  expect(openFilesLimit(() => line('unlimited'))).toBe(Number.POSITIVE_INFINITY)
  expect(openFilesLimit(() => '')).toBe(1_024)
  expect(
    openFilesLimit(() => {
      throw new Error('ENOENT')
    }),
  ).toBe(1_024)
  expect(openFilesLimit()).toBeGreaterThan(100)
})

it.each([
  [64, { clients: 36, mostClients: 36, proxied: 12 }],
  [1_024, { clients: 576, mostClients: 576, proxied: 192 }],
  [20_000, { clients: 14_232, mostClients: 14_232, proxied: 4_744 }],
  [1_048_576, { clients: 50_000, mostClients: 785_664, proxied: 16_384 }],
  [Number.POSITIVE_INFINITY, { clients: 50_000, mostClients: Number.POSITIVE_INFINITY, proxied: 16_384 }],
])('of %d something stays for the store, logs and webhooks', (limit, divided) => {
  expect(divideOpenFiles(limit)).toEqual(divided)
})
