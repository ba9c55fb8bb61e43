import { Duplex } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { answerUpgrade } from './answer.ts'

afterEach(() => vi.useRealTimers())

test('a client that never takes its answer does not keep the connection', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const connection = new Duplex({ read: () => undefined, write: () => undefined })
  answerUpgrade(connection, { status: 404, body: 'not found' })
  await vi.advanceTimersByTimeAsync(4_999)
  expect(connection.destroyed).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(connection.destroyed).toBe(true)
})

test('the connection ends once the answer is written and the client has ended too', async () => {
  const written: string[] = []
  const connection = new Duplex({
    read: () => undefined,
    write: (chunk, _, done) => {
      written.push(String(chunk))
      done()
    },
  })
  const closed = new Promise(resolve => connection.once('close', resolve))
  answerUpgrade(connection, { status: 404, body: 'not found' })
  await new Promise(resolve => connection.once('finish', resolve))
  expect(connection.destroyed).toBe(false)
  connection.push(null)
  await closed
  expect(written.join('')).toMatch(/^HTTP\/1\.1 404 Not Found\r\n[\s\S]*\r\n\r\nnot found$/)
})
