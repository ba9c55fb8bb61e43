import { EventEmitter } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { Channels } from './channels.ts'

/** As much of a WebSocket as channels use. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1
  readonly CLOSED = 3
  readyState = 1
  bufferedAmount = 0
  paused = false
  pongs = 0
  terminated = false
  readonly sent: (Buffer | string)[] = []
  send(data: Buffer | string, _options: unknown, callback?: () => void) {
    this.sent.push(data)
    callback?.()
  }
  pause() {
    this.paused = true
  }
  resume() {
    this.paused = false
  }
  pong() {
    this.pongs++
  }
  terminate() {
    this.terminated = true
  }
}

function channels(codec: 'binary' | 'base64', closeSignal = false) {
  const socket = new FakeSocket()
  return { socket, channels: new Channels({ socket: socket as unknown as WebSocket, codec, closeSignal }) }
}

afterEach(() => vi.useRealTimers())

test('each message is led by its channel, in binary and in base64', async () => {
  const binary = channels('binary')
  binary.channels.send(1, Buffer.from('out'), () => undefined)
  expect(binary.socket.sent).toEqual([Buffer.from('\x01out')])
  const base64 = channels('base64')
  base64.channels.send(1, Buffer.from('out'), () => undefined)
  expect(base64.socket.sent).toEqual(['1b3V0'])
  const input = base64.channels.reader(0)
  for (const message of ['0aGVs', '0bG8=', '0not base64!', '9b3V0', '0'])
    base64.socket.emit('message', Buffer.from(message))
  expect(String(input.read())).toBe('hello')
})

test('the close signal of v5 ends a channel, and a malformed one the connection', async () => {
  const { socket, channels: v5 } = channels('binary', true)
  const input = v5.reader(0)
  socket.emit('message', Buffer.from('\0bye'))
  socket.emit('message', Buffer.from([255, 0]))
  expect(await text(input)).toBe('bye')
  socket.emit('message', Buffer.from([255, 0, 1]))
  expect(socket.terminated).toBe(true)
})

test('a reader that is behind pauses the connection, and pongs keep the client waiting', () => {
  vi.useFakeTimers()
  const { socket, channels: paused } = channels('binary')
  const input = paused.reader(0)
  socket.emit('message', Buffer.alloc(300 * 1024))
  expect(socket.paused).toBe(true)
  // client-go gives up after 61 seconds without a pong, and its pings are not read now
  vi.advanceTimersByTime(61_000)
  expect(socket.pongs).toBe(6)
  input.read()
  expect(socket.paused).toBe(false)
  vi.advanceTimersByTime(61_000)
  expect(socket.pongs).toBe(6)
})

test('input that nobody wants any more is dropped and stops nothing', () => {
  const { socket, channels: over } = channels('binary')
  const input = over.reader(0)
  socket.emit('message', Buffer.alloc(300 * 1024))
  input.destroy()
  expect(socket.paused).toBe(false)
  socket.emit('message', Buffer.alloc(300 * 1024))
  expect(socket.paused).toBe(false)
})

test('what came before an orderly close reaches the reader of a two-way channel; a broken connection breaks it', async () => {
  const orderly = channels('binary')
  const whole = orderly.channels.duplex(0)
  orderly.socket.emit('message', Buffer.from('\0all'))
  orderly.socket.emit('close', 1000)
  expect(await text(whole)).toBe('all')
  const broken = channels('binary')
  const part = broken.channels.duplex(0)
  broken.socket.emit('message', Buffer.from('\0some'))
  broken.socket.emit('close', 1006)
  await expect(text(part)).rejects.toThrow('gone away')
})
