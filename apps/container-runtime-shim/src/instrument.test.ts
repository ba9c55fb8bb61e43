import { silentLogger } from '@kubets/component'
import { RpcError, rpcCode } from '@kubets/cri'
import { expect, test } from 'vitest'
import { Broadcaster } from './events/broadcaster.ts'
import { instrument } from './instrument.ts'
import { CpuRate } from './runtime-service/stats/cpu-rate.ts'
import { Index } from './store/id-index.ts'
import { KeyedMutex } from './store/keyed-mutex.ts'

const context = { signal: new AbortController().signal }

test('every method is observed, and errors become gRPC errors once', async () => {
  const seen: string[] = []
  const service = instrument(
    {
      good: async (n: number) => n + 1,
      bad: async () => {
        throw new Error('plain')
      },
      missing: async () => {
        throw new RpcError(rpcCode.notFound, 'no such thing')
      },
      async *stream() {
        yield 1
        throw new Error('half-way')
      },
    } as Record<string, (request: number, context: object) => unknown>,
    silentLogger(),
    { observe: (method, code) => seen.push(`${method} ${code}`) },
  )
  expect(await service.good?.(1, context)).toBe(2)
  await expect(service.bad?.(1, context)).rejects.toMatchObject({ code: rpcCode.unknown, message: 'plain' })
  await expect(service.missing?.(1, context)).rejects.toMatchObject({ code: rpcCode.notFound })
  const stream = service.stream?.(1, context) as AsyncGenerator<number>
  expect((await stream.next()).value).toBe(1)
  await expect(stream.next()).rejects.toMatchObject({ code: rpcCode.unknown, message: 'half-way' })
  expect(seen).toEqual(['good ok', 'bad unknown', 'missing notFound', 'stream unknown'])
})

test('a reader of events that falls too far behind is told so, the others go on', async () => {
  const broadcaster = new Broadcaster<number>(3)
  const stop = new AbortController()
  const [slow, fast] = [broadcaster.subscribe(stop.signal), broadcaster.subscribe(stop.signal)]
  const first = [slow.next(), fast.next()]
  broadcaster.publish(0)
  expect((await Promise.all(first)).map(r => r.value)).toEqual([0, 0])
  for (let i = 1; i < 6; i++) {
    broadcaster.publish(i)
    expect((await fast.next()).value).toBe(i)
  }
  for (const expected of [1, 2, 3]) expect((await slow.next()).value).toBe(expected)
  await expect(slow.next()).rejects.toMatchObject({ code: rpcCode.resourceExhausted })
  const last = fast.next()
  stop.abort()
  expect((await last).done).toBe(true)
  expect(broadcaster.hasReaders).toBe(false)
})

test('a unique beginning of an id is enough, an ambiguous one is not found', () => {
  class Things extends Index<{ id: string }> {
    add(id: string) {
      this.set({ id })
    }
  }
  const things = new Things('thing')
  for (const id of ['abc1', 'abc2', 'def']) things.add(id)
  expect(things.get('de').id).toBe('def')
  expect(() => things.get('abc')).toThrow('an error occurred when try to find thing "abc": not found')
  expect(things.find('')).toBeUndefined()
})

test('work under one key runs in order, also after a failure; other keys do not wait', async () => {
  const mutex = new KeyedMutex()
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = mutex.run('a', () => gate.promise.then(() => Promise.reject(new Error('failed'))))
  const second = mutex.run('a', async () => void order.push('second'))
  await mutex.run('b', async () => void order.push('other'))
  gate.resolve()
  await expect(first).rejects.toThrow('failed')
  await second
  expect(order).toEqual(['other', 'second'])
})

test('a rate needs two samples that are apart, and starts again with the counter', () => {
  const rates = new CpuRate()
  expect(rates.sample('a', 0n, 0)).toBeUndefined()
  expect(rates.sample('a', 1_000_000_000n, 1_000)).toBe(1_000_000_000n)
  expect(rates.sample('a', 1_500_000_000n, 1_100)).toBe(1_000_000_000n)
  expect(rates.sample('a', 2_000_000_000n, 3_000)).toBe(500_000_000n)
  expect(rates.sample('a', 5n, 5_000)).toBeUndefined()
})
