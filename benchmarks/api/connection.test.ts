import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Connection, requestBytes } from './connection.ts'
import { onRequests, type ScriptedServer, startScriptedServer } from './scripted-server.ts'

const answer = (body: string, status = '200 OK') =>
  `HTTP/1.1 ${status}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

describe('a connection', () => {
  let server: ScriptedServer | undefined

  afterEach(async () => {
    await server?.[Symbol.asyncDispose]()
    server = undefined
  })

  async function connect(serve: (socket: TLSSocket) => void) {
    server = await startScriptedServer(serve)
    return await Connection.open(server.target)
  }
  const get = (path = '/') => requestBytes({ method: 'GET', path })

  it('gets the answers to its requests, one after the other', async () => {
    const connection = await connect(socket => onRequests(socket, line => socket.write(answer(line))))
    for (const path of ['/a', '/bc', '/d']) {
      const { status, bytes, body } = await connection.request(get(path), 'keep')
      expect([status, bytes, body.toString()]).toEqual([200, 14 + path.length - 1, `GET ${path} HTTP/1.1`])
    }
    expect(await connection.request(get('/not-kept'))).toMatchObject({ status: 200, bytes: 22, body: Buffer.alloc(0) })
    connection.close()
  })

  it('keeps a body that comes in many pieces', async () => {
    const text = 'abcdefgh'.repeat(50_000)
    const connection = await connect(socket => onRequests(socket, () => socket.write(answer(text))))
    const { bytes, body } = await connection.request(get(), 'keep')
    expect(bytes).toBe(text.length)
    expect(body.toString()).toBe(text)
    connection.close()
  })

  it('sends the next request when a write is under way whose request is answered', async () => {
    // more than all buffers on the way hold
    const size = 32 * 2 ** 20
    let received = 0
    const connection = await connect(socket => {
      socket.once('data', (chunk: Buffer) => {
        received += chunk.length
        socket.pause()
        socket.write(answer('no', '413 Too Large'))
        socket.on('data', (more: Buffer) => {
          received += more.length
          // all of the first, and the second
          if (received === size + get('/next').length) socket.write(answer('yes'))
        })
      })
      resume = () => socket.resume()
    })
    let resume: () => void = () => undefined
    expect((await connection.request(Buffer.alloc(size))).status).toBe(413)
    const next = connection.request(get('/next'), 'keep')
    resume()
    expect((await next).body.toString()).toBe('yes')
    connection.close()
  })

  it.each([
    ['before its answer', '', 'the server closed the connection'],
    [
      'in the middle of a head',
      'HTTP/1.1 200 OK\r\ncontent-',
      'the server closed the connection in the middle of an answer',
    ],
    [
      'in the middle of a body',
      answer('hello').slice(0, -1),
      'the server closed the connection in the middle of an answer',
    ],
  ])('rejects a request when the server closes %s', async (_, sent, message) => {
    const connection = await connect(socket => onRequests(socket, () => socket.end(sent)))
    await expect(connection.request(get())).rejects.toThrow(new RegExp(`${message}$`))
    await expect(connection.request(get())).rejects.toThrow('the server closed the connection')
  })

  it('rejects a request when the connection is reset in the middle of an answer', async () => {
    const connection = await connect(socket =>
      onRequests(socket, () => socket.write(answer('hello').slice(0, -1), () => socket.destroy())),
    )
    await expect(connection.request(get())).rejects.toThrow(/in the middle of an answer$|ECONNRESET/)
  })

  it('rejects a request of a connection that the server has closed', async () => {
    const closed = Promise.withResolvers<void>()
    const connection = await connect(socket => {
      socket.on('close', () => closed.resolve())
      onRequests(socket, () => socket.end(answer('the last')))
    })
    expect((await connection.request(get())).status).toBe(200)
    await closed.promise
    await expect(connection.request(get())).rejects.toThrow('the server closed the connection')
  })

  it('rejects a request that meets the end of its connection, in whatever turn of the loop', async () => {
    const first = await connect(socket => onRequests(socket, () => socket.end(answer('the last'))))
    first.close()
    for (let turns = 0; turns < 10; turns++) {
      const connection = await Connection.open((server as ScriptedServer).target)
      expect((await connection.request(get())).status).toBe(200)
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
      await expect(connection.request(get())).rejects.toThrow(/closed the connection|takes no more|ECONNRESET|EPIPE/)
    }
  })

  it('rejects a request whose answer cannot be read', async () => {
    const connection = await connect(socket => onRequests(socket, () => socket.write(answer('one') + answer('two'))))
    await expect(connection.request(get())).rejects.toThrow('more than the answer came')
    await expect(connection.request(get())).rejects.toThrow('more than the answer came')
  })

  it('takes no answer that nobody asked for as that of the next request', async () => {
    const closed = Promise.withResolvers<void>()
    const connection = await connect(socket => {
      socket.on('close', () => closed.resolve())
      onRequests(socket, line => {
        socket.write(answer(line))
        setImmediate(() => socket.write(answer('stray')))
      })
    })
    await connection.request(get())
    await closed.promise
    await expect(connection.request(get())).rejects.toThrow('the server sent what nobody asked for')
  })

  it('tells a stream of what comes, and why it ends', async () => {
    let serving: TLSSocket | undefined
    const connection = await connect(socket => {
      serving = socket
      onRequests(socket, () => socket.write('head and '))
    })
    let text = ''
    let heard = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<Error>()
    connection.stream(
      get(),
      (memory, length) => {
        text += memory.toString('latin1', 0, length)
        heard.resolve()
      },
      ended.resolve,
    )
    await heard.promise
    heard = Promise.withResolvers()
    serving?.write('body')
    await heard.promise
    expect(text).toBe('head and body')
    serving?.end()
    expect((await ended.promise).message).toBe('the server closed the connection')
  })

  it('ends when it is closed, and tells nobody', async () => {
    let closed: Promise<unknown> | undefined
    const connection = await connect(socket => {
      closed = once(socket, 'close')
      onRequests(socket, () => connection.close())
    })
    const told = vi.fn()
    connection.send(get(), { answered: told, failed: told })
    await expect.poll(() => closed).toBeDefined()
    await closed
    expect(told).not.toHaveBeenCalled()
  })
})
