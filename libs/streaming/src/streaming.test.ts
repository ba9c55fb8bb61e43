import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { silentLogger } from '@kubets/component'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  execOverSpdy,
  execOverWebSocket,
  exitCodeOf,
  portForwardOverSpdy,
  portForwardOverTunnel,
  startStreamingServer,
} from './index.ts'
import { blocks, hashOf, slowHash } from './testing/bulk.ts'
import { commandProtocols, webSocket } from './testing/commands.ts'
import { inputAndOutput, type StreamPath, startStreamPath } from './testing/stream-path.ts'

let path: StreamPath
beforeAll(async () => {
  path = await startStreamPath()
})
afterAll(() => path[Symbol.asyncDispose]())

describe('commands', () => {
  const both = commandProtocols.filter(([name]) => name === 'SPDY v4' || name === 'WebSocket v5')

  test.each(both)('the exit code arrives over %s', async (_name, open) => {
    path.exec = async session => {
      session.stdout?.write('out')
      return 42
    }
    const command = await open(path.execTarget({ ...inputAndOutput, stdin: false }))
    const output = await readAll(command.stdout)
    const status = await command.status
    expect(output).toBe('out')
    expect(exitCodeOf(status)).toBe(42)
    expect(JSON.parse(status)).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'command terminated with non-zero exit code: error executing command [sh], exit code 42',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '42' }] },
    })
    command.close()
  })

  test.each(both)('a handler that fails is an internal error over %s', async (_name, open) => {
    path.exec = async () => {
      throw new Error('no such container')
    }
    const command = await open(path.execTarget({ ...inputAndOutput, stdin: false }))
    command.stdout?.resume()
    expect(JSON.parse(await command.status)).toMatchObject({
      status: 'Failure',
      reason: 'InternalError',
      message: 'Internal error occurred: error executing command in container: no such container',
      code: 500,
    })
    command.close()
  })

  test.each(both)(
    'the end of standard input reaches the command while its output goes on over %s',
    async (_name, open) => {
      path.exec = async session => {
        const input = await readAll(session.stdin)
        session.stdout?.write(`got ${input}`)
        return 0
      }
      const command = await open(path.execTarget())
      command.stdin?.end('some input')
      expect(await readAll(command.stdout)).toBe('got some input')
      expect(exitCodeOf(await command.status)).toBe(0)
      command.close()
    },
  )

  test.each(both)('terminal sizes arrive over %s', async (_name, open) => {
    const seen: unknown[] = []
    path.exec = async session => {
      for await (const size of session.resizes) {
        seen.push(size)
        session.stdout?.write(`${size.width}x${size.height} `)
        if (seen.length === 2) break
      }
      return 0
    }
    const command = await open(path.execTarget({ ...inputAndOutput, tty: true }))
    command.resize({ width: 80, height: 24 })
    const first = (await once(command.stdout as Readable, 'data'))[0] as Buffer
    expect(first.toString()).toBe('80x24 ')
    command.resize({ width: 132, height: 50 })
    expect(await readAll(command.stdout)).toBe('132x50 ')
    expect(seen).toEqual([
      { width: 80, height: 24 },
      { width: 132, height: 50 },
    ])
    command.close()
  })

  test.each([...commandProtocols, ['WebSocket without a protocol', webSocket()] as const])(
    "a client that vanishes ends the handler's signal over %s",
    async (_name, open) => {
      const aborted = Promise.withResolvers<boolean>()
      const stdinClosed = Promise.withResolvers<void>()
      const started = Promise.withResolvers<void>()
      path.exec = async session => {
        session.stdin?.resume()
        session.stdin?.once('close', () => stdinClosed.resolve())
        started.resolve()
        await once(session.signal, 'abort')
        aborted.resolve(true)
        return 0
      }
      const command = await open(path.execTarget())
      await started.promise
      command.close()
      expect(await aborted.promise).toBe(true)
      await stdinClosed.promise
      await expect.poll(() => path.open()).toBe(0)
    },
  )

  test.each(both)('output of a command that is over reaches a slow reader whole over %s', async (_name, open) => {
    const size = 8 * 1024 * 1024
    path.exec = async session => {
      if (session.stdout) await pipeline(Readable.from(blocks(size)), session.stdout)
      return 0
    }
    const command = await open(path.execTarget())
    expect(await slowHash(command.stdout as Readable, size)).toMatchObject({ bytes: size, hash: hashOf(size) })
    expect(exitCodeOf(await command.status)).toBe(0)
    command.close()
  })

  test('before v4 a failure is plain text and success is silence', async () => {
    path.exec = async () => 7
    const failed = await execOverSpdy({
      ...path.execTarget({ ...inputAndOutput, stdin: false }),
      protocols: ['v2.channel.k8s.io'],
    })
    failed.stdout?.resume()
    expect(await failed.status).toContain('command terminated with non-zero exit code')
    failed.close()
    path.exec = async () => 0
    const fine = await execOverWebSocket({
      ...path.execTarget({ ...inputAndOutput, stdin: false }),
      protocols: ['channel.k8s.io'],
    })
    fine.stdout?.resume()
    expect(await fine.status).toBe('')
    fine.close()
  })

  test('attach reports success when the process ends', async () => {
    path.exec = async session => {
      session.stderr?.write('bye')
      return 1
    }
    const options = { stdin: false, stdout: true, stderr: true, tty: false }
    const url = path.streaming.attach({ containerId: 'c', ...options })
    const command = await execOverWebSocket({ target: path.outside(url), ...options })
    expect(await readAll(command.stderr)).toBe('bye')
    expect(JSON.parse(await command.status)).toEqual({ metadata: {}, status: 'Success' })
    command.close()
  })
})

describe('port-forward', () => {
  test('many connections share a SPDY session and half-close each on its own', async () => {
    path.portForward = async (port, stream) => {
      const request = await readAll(stream)
      await delay(20)
      stream.end(`${port}:${request.toUpperCase()}`)
    }
    const session = await portForwardOverSpdy(path.forwardTarget())
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const { data, error } = await session.open(1000 + i)
        data.end(`request ${i}`)
        return [await readAll(data), await error]
      }),
    )
    expect(answers).toEqual(Array.from({ length: 30 }, (_, i) => [`${1000 + i}:REQUEST ${i}`, '']))
    session.close()
    await session.closed
  })

  test.each([
    ['SPDY', portForwardOverSpdy],
    ['SPDY inside a WebSocket', portForwardOverTunnel],
  ])('a failure is told on the error stream and the session goes on over %s', async (_name, open) => {
    path.portForward = async (port, stream) => {
      if (port === 1) throw new Error('connection refused')
      stream.end('fine')
    }
    const session = await open(path.forwardTarget())
    const bad = await session.open(1)
    expect(await bad.error).toBe('error forwarding port 1 to pod pod, uid : connection refused')
    const good = await session.open(2)
    expect(await readAll(good.data)).toBe('fine')
    session.close()
    await session.closed
  })

  test('a client that breaks one connection off gets no error, and the session goes on', async () => {
    // kubectl takes any text on an error stream for the end of the session; it resets a stream once the pod has closed
    const outcomes: string[] = []
    path.portForward = async (port, stream) => {
      const read = readAll(stream).then(
        () => 'ended',
        () => 'broken',
      )
      stream.write('hello')
      if (port === 1) stream.end()
      outcomes.push(await read)
      if (port === 2) throw new Error('broken pipe')
    }
    const session = await portForwardOverSpdy(path.forwardTarget())
    for (const port of [1, 2]) {
      const { data, error } = await session.open(port)
      const ended = port === 1 ? once(data, 'end') : undefined
      await once(data, 'data')
      await ended
      data.destroy()
      expect(await error).toBe('')
    }
    expect(outcomes).toEqual(['ended', 'broken'])
    session.close()
    await session.closed
  })

  test('a client that vanishes destroys the stream of each handler', async () => {
    const destroyed = Promise.withResolvers<void>()
    const started = Promise.withResolvers<void>()
    path.portForward = async (_port, stream) => {
      stream.once('close', () => destroyed.resolve())
      started.resolve()
      await destroyed.promise
    }
    const session = await portForwardOverSpdy(path.forwardTarget())
    await session.open(80)
    await started.promise
    session.close()
    await destroyed.promise
  })
})

describe('URLs and negotiation', () => {
  test('a URL works once', async () => {
    path.exec = async () => 0
    const options = path.execTarget({ ...inputAndOutput, stdin: false })
    const command = await execOverWebSocket(options)
    command.stdout?.resume()
    await command.status
    command.close()
    await expect(execOverWebSocket(options)).rejects.toMatchObject({ status: 404, body: '404 page not found\n' })
    await expect(execOverSpdy(options)).rejects.toMatchObject({ status: 404 })
  })

  test('a URL of one kind serves no other', async () => {
    const url = path.streaming.exec({ containerId: 'c', cmd: ['sh'], ...inputAndOutput })
    const target = { url: url.replace('/exec/', '/attach/') }
    await expect(execOverSpdy({ target, ...inputAndOutput })).rejects.toMatchObject({ status: 404 })
  })

  test('unused URLs are bounded and expire after a minute', async () => {
    let now = 0
    const server = await startStreamingServer({
      logger: silentLogger(),
      clock: { now: () => now, after: () => () => undefined },
      handlers: {
        exec: async () => ({ exitCode: 0 }),
        attach: async () => undefined,
        portForward: async () => undefined,
      },
    })
    const request = { containerId: 'c', cmd: ['sh'], ...inputAndOutput }
    const first = server.exec(request)
    for (let i = 1; i < 1000; i++) server.exec(request)
    expect(() => server.exec(request)).toThrow(expect.objectContaining({ code: 'ResourceExhausted' }))
    now = 60_001
    await expect(execOverSpdy({ target: { url: first }, ...inputAndOutput })).rejects.toMatchObject({ status: 404 })
    server.exec(request)
    await server.stop()
  })

  test('requests are checked in the words of the CRI', () => {
    const message = (code: string, text: string) => expect.objectContaining({ code, message: text })
    expect(() => path.streaming.exec({ containerId: '', cmd: [], ...inputAndOutput })).toThrow(
      message('InvalidArgument', 'missing required container_id'),
    )
    expect(() => path.streaming.attach({ containerId: 'c', ...inputAndOutput, tty: true, stderr: true })).toThrow(
      message('InvalidArgument', 'tty and stderr cannot both be true'),
    )
    expect(() =>
      path.streaming.exec({ containerId: 'c', cmd: [], stdin: false, stdout: false, stderr: false, tty: false }),
    ).toThrow(message('InvalidArgument', 'one of stdin, stdout, or stderr must be set'))
  })

  test('protocols that nobody speaks are refused with 403', async () => {
    await expect(execOverSpdy({ ...path.execTarget(), protocols: ['v9.channel.k8s.io'] })).rejects.toMatchObject({
      status: 403,
      body: 'unable to upgrade: unable to negotiate protocol: client supports [v9.channel.k8s.io], server accepts [v4.channel.k8s.io v3.channel.k8s.io v2.channel.k8s.io channel.k8s.io]\n',
    })
    await expect(execOverWebSocket({ ...path.execTarget(), protocols: ['v9.channel.k8s.io'] })).rejects.toMatchObject({
      status: 403,
    })
  })

  test('a request without upgrade is refused with 400', async () => {
    const { target } = path.execTarget()
    const answer = await fetch(`http://127.0.0.1:${path.streaming.port}${new URL(target.url).pathname}`, {
      method: 'POST',
    })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toMatch(
      /^unable to upgrade: header X-Stream-Protocol-Version does not exist in request with \d+ headers\n$/,
    )
  })

  test('the first protocol of the client that is known is chosen', async () => {
    path.exec = async () => 0
    const spdy = await execOverSpdy({
      ...path.execTarget(),
      protocols: ['v9.channel.k8s.io', 'v3.channel.k8s.io', 'v4.channel.k8s.io'],
    })
    expect(spdy.protocol).toBe('v3.channel.k8s.io')
    spdy.close()
    const socket = await execOverWebSocket({ ...path.execTarget(), protocols: ['channel.k8s.io', 'v5.channel.k8s.io'] })
    expect(socket.protocol).toBe('channel.k8s.io')
    socket.close()
  })
})

async function readAll(stream: Readable | undefined): Promise<string> {
  let text = ''
  // what has been read to its end may still be written to
  const chunks = stream?.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer> | undefined
  if (chunks) for await (const chunk of chunks) text += chunk.toString()
  return text
}
