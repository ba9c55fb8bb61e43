import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Exchange } from '../front/exchange.ts'
import { Http1Connections } from '../front/http1/index.ts'
import { listenerLimits } from '../front/listener-limits.ts'
import { ChunkedBody, ChunkPool, chunkSize } from './chunked-body.ts'

const pool = new ChunkPool()
/** What is sent for a path: texts, and bytes that are kept. */
const bodies: Record<string, Buffer[]> = {
  '/nothing': [],
  '/short': [Buffer.from('short')],
  '/pieces': Array.from({ length: 3_000 }, (_, i) => Buffer.from(`${i}: äöü€ ${'x'.repeat(i % 97)}\n`)),
  '/kept': [Buffer.alloc(chunkSize * 5 + 7, 'kept'), Buffer.from('tail')],
  ...Object.fromEntries(
    Array.from({ length: 80 }, (_, i) => [`/about-${i}`, [Buffer.alloc(chunkSize - 40 + i, 'abc'), Buffer.from('d')]]),
  ),
}

const connections = new Http1Connections(listenerLimits, exchange => void send(exchange))
// in clear: TLS adds nothing to what is looked at here
const server = createServer({ allowHalfOpen: true }, socket => connections.serve(socket as TLSSocket))

async function send(exchange: Exchange): Promise<void> {
  const body = new ChunkedBody(exchange.begin(200, 'text/plain'), pool)
  for (const piece of bodies[exchange.target] ?? []) {
    if (exchange.target === '/pieces') body.text(piece.toString())
    else await body.kept(piece)
    if (body.mustWait) await body.drained()
  }
  await body.end()
}
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  connections[Symbol.dispose]()
  server.close()
})

/** All that comes back, until the server ends the connection. */
async function answers(requests: string): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  const parts: Buffer[] = []
  socket.on('data', part => parts.push(part))
  socket.write(requests)
  await once(socket, 'end')
  return Buffer.concat(parts)
}

const whole = (path: string) => Buffer.concat(bodies[path] ?? [])

function bodyOf(answer: Buffer): Buffer {
  return answer.subarray(answer.indexOf('\r\n\r\n') + 4)
}

function unchunked(text: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at)
    const size = text.toString('latin1', at, end)
    expect(size).toMatch(/^[0-9a-f]+$/)
    const length = Number.parseInt(size, 16)
    const from = end + 2
    expect(text.toString('latin1', from + length, from + length + 2)).toBe('\r\n')
    if (length === 0) {
      expect(from + 2).toBe(text.length)
      return Buffer.concat(parts)
    }
    parts.push(text.subarray(from, from + length))
    at = from + length + 2
  }
}

describe('what is written piece by piece arrives as it was', () => {
  it('in chunks', async () => {
    for (const path of Object.keys(bodies)) {
      const answer = await answers(`GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
      expect(unchunked(bodyOf(answer)).equals(whole(path)), path).toBe(true)
    }
  })

  it('without chunks, for those who do not know them', async () => {
    for (const path of Object.keys(bodies)) {
      const answer = await answers(`GET ${path} HTTP/1.0\r\n\r\n`)
      expect(bodyOf(answer).equals(whole(path)), path).toBe(true)
    }
  })

  it('or not at all, where only the head was asked for', async () => {
    const one = 'HEAD /pieces HTTP/1.1\r\nhost: a\r\n'
    const answer = (await answers(`${one}\r\n${one}connection: close\r\n\r\n`)).toString()
    expect(answer.split('\r\n\r\n')).toEqual([
      expect.stringMatching(/^HTTP\/1.1 200 /),
      expect.stringMatching(/^HTTP\/1.1 200 /),
      '',
    ])
  })
})
