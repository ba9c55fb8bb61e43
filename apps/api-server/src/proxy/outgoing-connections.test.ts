import { ApiError } from '@kubets/apimachinery'
import { expect, it } from 'vitest'
import type { SubresourceHandler } from '../resources/router.ts'
import { OutgoingConnections } from './outgoing-connections.ts'

it('requests that are passed on are bounded together, and make room when they end', () => {
  const outgoing = new OutgoingConnections(2)
  const began: string[] = []
  const handlers = outgoing.bounded({
    log: () => void began.push('log'),
    exec: () => {
      began.push('exec')
      throw new Error('no such pod')
    },
  })
  const ends: (() => void)[] = []
  const context = { exchange: { onClose: (callback: () => void) => ends.push(callback) } }
  const ask = (name: string) => (handlers[name] as SubresourceHandler)({} as never, context as never, {} as never)
  const open = () => outgoing.metrics()[0]?.values()[0]?.value
  ask('log')
  // a refused one holds its place until it is answered
  expect(() => ask('exec')).toThrow('no such pod')
  expect(open()).toBe(2)
  let refusal: unknown
  try {
    ask('log')
  } catch (error) {
    refusal = error
  }
  expect(refusal).toBeInstanceOf(ApiError)
  expect((refusal as ApiError).status).toMatchObject({ code: 429, details: { retryAfterSeconds: 1 } })
  expect(began).toEqual(['log', 'exec'])
  ends.pop()?.()
  ask('log')
  expect([began.length, open()]).toEqual([3, 2])
})
