import { duplexPair } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../exchange.ts'
import { listenerLimits } from '../listener-limits.ts'
import { Http1Connection } from './connection.ts'

/** What a client is answered to what it sends, until the server ends the connection or has answered all. */
async function answered(sent: string, handle: (exchange: Exchange) => void): Promise<{ text: string; ended: boolean }> {
  const [client, server] = duplexPair()
  let text = ''
  let [ended, over] = [false, 0]
  client.on('data', chunk => (text += chunk))
  client.once('end', () => (ended = true))
  const onExchange = (exchange: Exchange) => {
    exchange.onClose(() => over++)
    handle(exchange)
  }
  new Http1Connection({ socket: server as TLSSocket, limits: listenerLimits, onExchange })
  client.write(sent)
  const requests = sent.match(/HTTP\/1\.\d\r\n/g)?.length ?? 0
  await expect.poll(() => ended || server.destroyed || over === requests).toBe(true)
  // what was written has to come over
  await new Promise(resolve => setImmediate(resolve))
  return { text: text.replace(/\r\nDate: [^\r]*/g, ''), ended: ended || server.destroyed }
}

const get = (fields = '', version = '1.1') => `GET /x HTTP/${version}\r\nhost: a\r\n${fields}\r\n`

/** The second request hears nothing. */
const onlyOne = /^HTTP(?!.*HTTP)/s

describe('an answer', () => {
  it('has its headers as they were set, each name once', async () => {
    const { text } = await answered(get(), exchange => {
      exchange.setHeader('Audit-Id', 'a')
      exchange.setHeader('warning', ['1', '2'])
      exchange.setHeader('audit-id', 'b')
      exchange.respond(200, 'text/plain', 'äb')
    })
    expect(text).toBe(
      'HTTP/1.1 200 OK\r\nAudit-Id: b\r\nWarning: 1\r\nWarning: 2\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\näb',
    )
  })

  it('cannot be split by what a header holds, and keeps what is no latin1', async () => {
    const { text } = await answered(get(), exchange => {
      exchange.setHeader('warning', '299 - "a\r\nset-cookie: b\0€"')
      exchange.respond(200, '', '')
    })
    expect(text).toBe('HTTP/1.1 200 OK\r\nWarning: 299 - "a  set-cookie: b €"\r\nContent-Length: 0\r\n\r\n')
  })

  it('needs names that are names', async () => {
    let thrown: unknown
    await answered(get(), exchange => {
      exchange.setHeader('a b', 'c')
      try {
        exchange.respond(200, '', '')
      } catch (error) {
        thrown = error
        exchange.cut()
      }
    })
    expect(String(thrown)).toBe('TypeError: "a b" is no name of a header')
  })

  it('is one: a second one is an error', async () => {
    let thrown: unknown
    const { text } = await answered(get(), exchange => {
      exchange.respond(200, '', 'a')
      try {
        exchange.begin(200, '')
      } catch (error) {
        thrown = error
      }
    })
    expect(String(thrown)).toBe('Error: the answer has begun')
    expect(text).toMatch(/\r\n\r\na$/)
  })

  it.each([
    ['as long as it was said to be', ['abc', 'de'], '5', { text: /\r\n\r\nabcdeHTTP/, ended: false }],
    ['shorter', ['abc'], '5', { text: onlyOne, ended: true }],
    ['longer', ['abc', 'def'], '5', { text: onlyOne, ended: true }],
    [
      'of no known length',
      ['abc', 'de'],
      undefined,
      { text: /\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nHTTP/, ended: false },
    ],
  ] as const)('whose body comes bit by bit, %s', async (_, parts, length, expected) => {
    const { text, ended } = await answered(get() + get(), exchange => {
      if (length !== undefined) exchange.setHeader('content-length', length)
      const body = exchange.begin(200, '')
      for (const part of parts) body.write(part)
      body.end()
    })
    expect(text).toMatch(expected.text)
    expect(ended).toBe(expected.ended)
  })

  it.each([204, 304])('that has no body (%i) has none when it is written bit by bit, either', async status => {
    const { text, ended } = await answered(get() + get(), exchange => {
      if (status === 304) exchange.setHeader('content-length', '5')
      const body = exchange.begin(status, '')
      body.write('abc')
      body.end()
    })
    expect(text).toMatch(/^(HTTP\/1.1 \d+ [\w ]+\r\n(Content-Length: 5\r\n)?\r\n){2}$/)
    expect(ended).toBe(false)
  })

  it('is not cut when it is over: its connection goes on', async () => {
    const { text, ended } = await answered(get() + get(), exchange => {
      exchange.onClose(() => exchange.cut())
      exchange.respond(200, '', 'a')
    })
    expect(text).toMatch(/a(HTTP).*a$/s)
    expect(ended).toBe(false)
  })

  it('of an older client ends with its connection', async () => {
    const { text, ended } = await answered(get('connection: keep-alive\r\n', '1.0') + get(), exchange => {
      const body = exchange.begin(200, '')
      body.write('abc')
      body.end()
    })
    expect(text).toBe('HTTP/1.0 200 OK\r\n\r\nabc')
    expect(ended).toBe(true)
  })
})

describe('memory that all answers are put together in', () => {
  it('is not given to an answer whose connection has something to send', async () => {
    const [client, server] = duplexPair({ highWaterMark: 1 })
    const socket = Object.assign(server, { encrypted: true }) as unknown as TLSSocket
    const exchanges: Exchange[] = []
    new Http1Connection({ socket, limits: listenerLimits, onExchange: one => exchanges.push(one) })
    client.write(get())
    await expect.poll(() => exchanges.length).toBe(1)
    const [exchange] = exchanges
    // nobody reads yet: it waits
    const written: Uint8Array[] = []
    const { write } = socket
    socket.write = (chunk: Uint8Array, ...rest: never[]) => {
      written.push(chunk)
      return write.call(socket, chunk, ...rest)
    }
    socket.cork()
    exchange?.respond(200, '', 'first')
    const shared = written[0]?.buffer
    expect(Buffer.from(written[0] as Uint8Array).toString()).toMatch(/first$/)
    const [other, theirs] = duplexPair()
    other.resume()
    const quick = Object.assign(theirs, { encrypted: true }) as unknown as TLSSocket
    let second: Uint8Array | undefined
    const through = quick.write
    quick.write = (chunk: Uint8Array, ...rest: never[]) => {
      second = chunk
      return through.call(quick, chunk, ...rest)
    }
    new Http1Connection({ socket: quick, limits: listenerLimits, onExchange: one => one.respond(200, '', 'second') })
    other.write(get())
    await expect.poll(() => second).toBeDefined()
    expect(second?.buffer).not.toBe(shared)
    expect(Buffer.from(written[0] as Uint8Array).toString()).toMatch(/first$/)
  })
})
