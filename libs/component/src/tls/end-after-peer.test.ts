import { EventEmitter } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { endAfterPeer, endBothSides, keepHalfOpen } from './end-after-peer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

class FakeSocket extends EventEmitter {
  destroyed = false
  ended = false
  flowing = false
  end() {
    this.ended = true
  }
  resume() {
    this.flowing = true
  }
  destroy() {
    this.destroyed = true
    this.emit('close')
  }
}

function connection() {
  const socket = new FakeSocket()
  return { socket, tls: socket as unknown as TLSSocket }
}

it('a connection whose client has ended its side is ended after a while, whatever is still to be written', () => {
  const { socket, tls } = connection()
  endAfterPeer(tls, 1_000)
  vi.advanceTimersByTime(60_000)
  expect(socket.destroyed).toBe(false)
  socket.emit('end')
  vi.advanceTimersByTime(999)
  expect(socket.destroyed).toBe(false)
  vi.advanceTimersByTime(1)
  expect(socket.destroyed).toBe(true)
})

it('one that ends by itself leaves no timer', () => {
  const { socket, tls } = connection()
  endAfterPeer(tls)
  socket.emit('end')
  socket.emit('close')
  expect(vi.getTimerCount()).toBe(0)
})

it('one that was taken for another protocol keeps its other direction, also when it is taken later', () => {
  const { socket, tls } = connection()
  endAfterPeer(tls, 1_000)
  socket.emit('end')
  keepHalfOpen(tls)
  vi.advanceTimersByTime(60_000)
  expect(socket.destroyed).toBe(false)
})

it('one that we end is read on, so that its end is heard of, and waits no longer than it must', () => {
  const { socket, tls } = connection()
  endBothSides(tls, 1_000)
  expect(socket).toMatchObject({ ended: true, flowing: true, destroyed: false })
  vi.advanceTimersByTime(1_000)
  expect(socket.destroyed).toBe(true)
})
