import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Duplex, PassThrough, Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { silentLogger } from '@kubets/component'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type CommandSession,
  execOverSpdy,
  execOverWebSocket,
  exitCodeOf,
  type PortForwardSession,
  portForwardOverSpdy,
  portForwardOverTunnel,
  portForwardOverWebSocket,
  proxyUpgrade,
  type RemoteCommand,
  type StreamingServer,
  startStreamingServer,
} from './index.ts'

const total = 100 * 1024 * 1024
/** A prime length, so that no chunk boundary repeats. */
const block = randomBytes(1_048_573)
const expected = hashOf(total)

/** 100 MB from one block, without holding them. */
function* blocks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, left)
}

function hashOf(bytes: number): string {
  const hash = createHash('sha1')
  for (const chunk of blocks(bytes)) hash.update(chunk)
  return hash.digest('hex')
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes of buffers that somebody still holds, in MB. */
async function heldBuffers(): Promise<number> {
  let held = Number.POSITIVE_INFINITY
  // what was collected is given back by another thread, on a busy machine late: what is really held shows in every round
  for (let round = 0; round < 5; round++) {
    collectGarbage()
    await delay(20)
    held = Math.min(held, process.memoryUsage().arrayBuffers / 1e6)
  }
  return held
}

/**
 * Reads to the end with two stops, one before the first byte and one half-way. During a stop the sender would like to send it all:
 * what client, both proxies and server then hold together is measured. All of them live in this process. Both directions stop at the same time, or
 * the one's fresh garbage would count as held by the other.
 */
async function slowHash(
  stream: Readable,
  halfWay = async () => {},
): Promise<{ bytes: number; hash: string; held: number }> {
  const hash = createHash('sha1')
  let bytes = 0
  let held = 0
  const stop = async () => {
    await delay(300)
    held = Math.max(held, (await heldBuffers()) - heldBefore)
  }
  const heldBefore = await heldBuffers()
  await stop()
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (bytes <= total / 2 && bytes + chunk.length > total / 2) {
      await halfWay()
      await stop()
      await halfWay()
    }
    bytes += chunk.length
    hash.update(chunk)
  }
  return { bytes, hash: hash.digest('hex'), held }
}

/** Lets two callers on when both have come, again and again. */
function meeting(): () => Promise<void> {
  let first: (() => void) | undefined
  return () =>
    new Promise(resolve => {
      if (first === undefined) first = resolve
      else {
        first()
        first = undefined
        resolve()
      }
    })
}

/** Client and server ends, two proxies, both directions, each with its stream and socket buffers; what is in the kernel is not counted. */
const mostHeld = 24

/** A proxy as the api-server and the kubelet each are one. */
async function startProxy(target: (request: IncomingMessage) => string) {
  const server = createServer((_request, response) => response.end('no upgrade'))
  const open = new Set<Duplex>()
  server.on('upgrade', (request, socket, head) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    void proxyUpgrade({ request, socket, head, target: { url: target(request) } })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

type ExecHandler = (session: CommandSession) => Promise<number>

let streaming: StreamingServer
let kubelet: Awaited<ReturnType<typeof startProxy>>
let apiServer: Awaited<ReturnType<typeof startProxy>>
let exec: ExecHandler = async () => 0
let portForward: (port: number, stream: Duplex) => Promise<void> = async () => undefined

beforeAll(async () => {
  streaming = await startStreamingServer({
    logger: silentLogger(),
    handlers: {
      exec: async (_request, session) => ({ exitCode: await exec(session) }),
      attach: async (_request, session) => {
        await exec(session)
      },
      portForward: (_request, port, stream) => portForward(port, stream),
    },
  })
  kubelet = await startProxy(request => `http://127.0.0.1:${streaming.port}${request.url}`)
  apiServer = await startProxy(request => `${kubelet.url}${request.url}`)
})
afterAll(async () => {
  await apiServer[Symbol.asyncDispose]()
  await kubelet[Symbol.asyncDispose]()
  await streaming.stop()
})

/** The way a client goes: through api-server and kubelet to the runtime. */
function outside(url: string) {
  return { url: apiServer.url + new URL(url).pathname }
}

const all = { stdin: true, stdout: true, stderr: false, tty: false }
function execTarget(options: { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean } = all) {
  return { target: outside(streaming.exec({ containerId: 'c', cmd: ['sh'], ...options })), ...options }
}

type OpenCommand = (options: ReturnType<typeof execTarget>) => Promise<RemoteCommand>
const spdy =
  (protocol: string): OpenCommand =>
  options =>
    execOverSpdy({ ...options, protocols: [protocol] })
const webSocket =
  (...protocols: string[]): OpenCommand =>
  options =>
    execOverWebSocket({ ...options, protocols })

const commandProtocols: [string, OpenCommand][] = [
  ['SPDY v4', spdy('v4.channel.k8s.io')],
  ['SPDY v3', spdy('v3.channel.k8s.io')],
  ['SPDY v2', spdy('v2.channel.k8s.io')],
  ['SPDY v1', spdy('channel.k8s.io')],
  ['WebSocket v5', webSocket('v5.channel.k8s.io')],
  ['WebSocket v4', webSocket('v4.channel.k8s.io')],
  ['WebSocket v1', webSocket('channel.k8s.io')],
  ['WebSocket v4 base64', webSocket('v4.base64.channel.k8s.io')],
  ['WebSocket v1 base64', webSocket('base64.channel.k8s.io')],
]

describe('100 MB each way with slow readers arrive whole and memory stays bounded', () => {
  test.each(commandProtocols)('exec over %s', async (_name, open) => {
    const halfWay = meeting()
    const received = Promise.withResolvers<{ bytes: number; hash: string; held: number }>()
    exec = async session => {
      const { stdin, stdout } = session
      if (!stdin || !stdout) throw new Error('streams are missing')
      // before v5 WebSocket clients cannot end their input: the command knows how much comes
      const counted = new PassThrough({ highWaterMark: 64 * 1024 })
      let left = total
      stdin.on('data', (chunk: Buffer) => {
        left -= chunk.length
        if (!counted.write(chunk)) stdin.pause()
        if (left === 0) counted.end()
      })
      counted.on('drain', () => stdin.resume())
      const input = slowHash(counted, halfWay)
      input.then(received.resolve, received.reject)
      await Promise.all([input, pipeline(Readable.from(blocks(total)), stdout, { end: false })])
      return 3
    }
    const command = await open(execTarget())
    const { stdin, stdout } = command
    if (!stdin || !stdout) throw new Error('streams are missing')
    const [, output, input] = await Promise.all([
      pipeline(Readable.from(blocks(total)), stdin as Writable, { end: false }),
      slowHash(stdout, halfWay),
      received.promise,
    ])
    command.close()
    expect(output).toMatchObject({ bytes: total, hash: expected })
    expect(input).toMatchObject({ bytes: total, hash: expected })
    expect(Math.max(output.held, input.held)).toBeLessThan(mostHeld)
  })

  const forwardProtocols: [string, () => Promise<{ data: Duplex; error: Promise<string>; close(): void }>][] = [
    ['SPDY', () => overSession(portForwardOverSpdy(forwardTarget()))],
    ['SPDY inside a WebSocket', () => overSession(portForwardOverTunnel(forwardTarget()))],
    ['WebSocket v4', () => overChannels('v4.channel.k8s.io')],
    ['WebSocket base64', () => overChannels('v4.base64.channel.k8s.io')],
  ]
  test.each(forwardProtocols)('port-forward over %s', async (_name, open) => {
    const halfWay = meeting()
    const received = Promise.withResolvers<{ bytes: number; hash: string; held: number }>()
    portForward = async (port, stream) => {
      expect(port).toBe(8080)
      const counted = new PassThrough({ highWaterMark: 64 * 1024 })
      let left = total
      stream.on('data', (chunk: Buffer) => {
        left -= chunk.length
        if (!counted.write(chunk)) stream.pause()
        if (left === 0) counted.end()
      })
      counted.on('drain', () => stream.resume())
      const input = slowHash(counted, halfWay)
      input.then(received.resolve, received.reject)
      await Promise.all([input, pipeline(Readable.from(blocks(total)), stream, { end: false })])
    }
    const { data, error, close } = await open()
    const [, output, input] = await Promise.all([
      pipeline(Readable.from(blocks(total)), data as Writable, { end: false }),
      slowHash(data, halfWay),
      received.promise,
    ])
    close()
    expect(await error).toBe('')
    expect(output).toMatchObject({ bytes: total, hash: expected })
    expect(input).toMatchObject({ bytes: total, hash: expected })
    expect(Math.max(output.held, input.held)).toBeLessThan(mostHeld)
  })
})

function forwardTarget(ports: number[] = []) {
  return outside(streaming.portForward({ podSandboxId: 'pod', port: ports }))
}

async function overSession(opening: Promise<PortForwardSession>) {
  const session = await opening
  return { ...(await session.open(8080)), close: () => session.close() }
}

async function overChannels(protocol: string) {
  const { connections, close } = await portForwardOverWebSocket(forwardTarget([8080]), [8080], [protocol])
  const [connection] = connections
  if (!connection) throw new Error('no connection')
  return { ...connection, close }
}

describe('commands', () => {
  const both = commandProtocols.filter(([name]) => name === 'SPDY v4' || name === 'WebSocket v5')

  test.each(both)('the exit code arrives over %s', async (_name, open) => {
    exec = async session => {
      session.stdout?.write('out')
      return 42
    }
    const command = await open(execTarget({ ...all, stdin: false }))
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
    exec = async () => {
      throw new Error('no such container')
    }
    const command = await open(execTarget({ ...all, stdin: false }))
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
      exec = async session => {
        const input = await readAll(session.stdin)
        session.stdout?.write(`got ${input}`)
        return 0
      }
      const command = await open(execTarget())
      command.stdin?.end('some input')
      expect(await readAll(command.stdout)).toBe('got some input')
      expect(exitCodeOf(await command.status)).toBe(0)
      command.close()
    },
  )

  test.each(both)('terminal sizes arrive over %s', async (_name, open) => {
    const seen: unknown[] = []
    exec = async session => {
      for await (const size of session.resizes) {
        seen.push(size)
        session.stdout?.write(`${size.width}x${size.height} `)
        if (seen.length === 2) break
      }
      return 0
    }
    const command = await open(execTarget({ ...all, tty: true }))
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
      exec = async session => {
        session.stdin?.resume()
        session.stdin?.once('close', () => stdinClosed.resolve())
        started.resolve()
        await once(session.signal, 'abort')
        aborted.resolve(true)
        return 0
      }
      const command = await open(execTarget())
      await started.promise
      command.close()
      expect(await aborted.promise).toBe(true)
      await stdinClosed.promise
      await expect.poll(() => apiServer.open.size + kubelet.open.size).toBe(0)
    },
  )

  test.each(both)('output of a command that is over reaches a slow reader whole over %s', async (_name, open) => {
    const size = 8 * 1024 * 1024
    exec = async session => {
      if (session.stdout) await pipeline(Readable.from(blocks(size)), session.stdout)
      return 0
    }
    const command = await open(execTarget())
    expect(await slowHash(command.stdout as Readable)).toMatchObject({ bytes: size, hash: hashOf(size) })
    expect(exitCodeOf(await command.status)).toBe(0)
    command.close()
  })

  test('before v4 a failure is plain text and success is silence', async () => {
    exec = async () => 7
    const failed = await execOverSpdy({ ...execTarget({ ...all, stdin: false }), protocols: ['v2.channel.k8s.io'] })
    failed.stdout?.resume()
    expect(await failed.status).toContain('command terminated with non-zero exit code')
    failed.close()
    exec = async () => 0
    const fine = await execOverWebSocket({ ...execTarget({ ...all, stdin: false }), protocols: ['channel.k8s.io'] })
    fine.stdout?.resume()
    expect(await fine.status).toBe('')
    fine.close()
  })

  test('attach reports success when the process ends', async () => {
    exec = async session => {
      session.stderr?.write('bye')
      return 1
    }
    const options = { stdin: false, stdout: true, stderr: true, tty: false }
    const url = streaming.attach({ containerId: 'c', ...options })
    const command = await execOverWebSocket({ target: outside(url), ...options })
    expect(await readAll(command.stderr)).toBe('bye')
    expect(JSON.parse(await command.status)).toEqual({ metadata: {}, status: 'Success' })
    command.close()
  })
})

describe('port-forward', () => {
  test('many connections share a SPDY session and half-close each on its own', async () => {
    portForward = async (port, stream) => {
      const request = await readAll(stream)
      await delay(20)
      stream.end(`${port}:${request.toUpperCase()}`)
    }
    const session = await portForwardOverSpdy(forwardTarget())
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
    portForward = async (port, stream) => {
      if (port === 1) throw new Error('connection refused')
      stream.end('fine')
    }
    const session = await open(forwardTarget())
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
    portForward = async (port, stream) => {
      const read = readAll(stream).then(
        () => 'ended',
        () => 'broken',
      )
      stream.write('hello')
      if (port === 1) stream.end()
      outcomes.push(await read)
      if (port === 2) throw new Error('broken pipe')
    }
    const session = await portForwardOverSpdy(forwardTarget())
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
    portForward = async (_port, stream) => {
      stream.once('close', () => destroyed.resolve())
      started.resolve()
      await destroyed.promise
    }
    const session = await portForwardOverSpdy(forwardTarget())
    await session.open(80)
    await started.promise
    session.close()
    await destroyed.promise
  })
})

describe('URLs and negotiation', () => {
  test('a URL works once', async () => {
    exec = async () => 0
    const options = execTarget({ ...all, stdin: false })
    const command = await execOverWebSocket(options)
    command.stdout?.resume()
    await command.status
    command.close()
    await expect(execOverWebSocket(options)).rejects.toMatchObject({ status: 404, body: '404 page not found\n' })
    await expect(execOverSpdy(options)).rejects.toMatchObject({ status: 404 })
  })

  test('a URL of one kind serves no other', async () => {
    const url = streaming.exec({ containerId: 'c', cmd: ['sh'], ...all })
    const target = { url: url.replace('/exec/', '/attach/') }
    await expect(execOverSpdy({ target, ...all })).rejects.toMatchObject({ status: 404 })
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
    const request = { containerId: 'c', cmd: ['sh'], ...all }
    const first = server.exec(request)
    for (let i = 1; i < 1000; i++) server.exec(request)
    expect(() => server.exec(request)).toThrow(expect.objectContaining({ code: 'ResourceExhausted' }))
    now = 60_001
    await expect(execOverSpdy({ target: { url: first }, ...all })).rejects.toMatchObject({ status: 404 })
    server.exec(request)
    await server.stop()
  })

  test('requests are checked in the words of the CRI', () => {
    const message = (code: string, text: string) => expect.objectContaining({ code, message: text })
    expect(() => streaming.exec({ containerId: '', cmd: [], ...all })).toThrow(
      message('InvalidArgument', 'missing required container_id'),
    )
    expect(() => streaming.attach({ containerId: 'c', ...all, tty: true, stderr: true })).toThrow(
      message('InvalidArgument', 'tty and stderr cannot both be true'),
    )
    expect(() =>
      streaming.exec({ containerId: 'c', cmd: [], stdin: false, stdout: false, stderr: false, tty: false }),
    ).toThrow(message('InvalidArgument', 'one of stdin, stdout, or stderr must be set'))
  })

  test('protocols that nobody speaks are refused with 403', async () => {
    await expect(execOverSpdy({ ...execTarget(), protocols: ['v9.channel.k8s.io'] })).rejects.toMatchObject({
      status: 403,
      body: 'unable to upgrade: unable to negotiate protocol: client supports [v9.channel.k8s.io], server accepts [v4.channel.k8s.io v3.channel.k8s.io v2.channel.k8s.io channel.k8s.io]\n',
    })
    await expect(execOverWebSocket({ ...execTarget(), protocols: ['v9.channel.k8s.io'] })).rejects.toMatchObject({
      status: 403,
    })
  })

  test('a request without upgrade is refused with 400', async () => {
    const { target } = execTarget()
    const answer = await fetch(`http://127.0.0.1:${streaming.port}${new URL(target.url).pathname}`, { method: 'POST' })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toMatch(
      /^unable to upgrade: header X-Stream-Protocol-Version does not exist in request with \d+ headers\n$/,
    )
  })

  test('the first protocol of the client that is known is chosen', async () => {
    exec = async () => 0
    const spdy = await execOverSpdy({
      ...execTarget(),
      protocols: ['v9.channel.k8s.io', 'v3.channel.k8s.io', 'v4.channel.k8s.io'],
    })
    expect(spdy.protocol).toBe('v3.channel.k8s.io')
    spdy.close()
    const socket = await execOverWebSocket({ ...execTarget(), protocols: ['channel.k8s.io', 'v5.channel.k8s.io'] })
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
