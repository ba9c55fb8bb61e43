import { createHash, randomBytes } from 'node:crypto'
import { Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import {
  execOverSpdy,
  execOverWebSocket,
  exitCodeOf,
  portForwardOverSpdy,
  portForwardOverTunnel,
  portForwardOverWebSocket,
  startStreamingServer,
} from '@kubets/streaming'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { poll, ShimHarness } from '../testing/shim-harness.ts'

let shim: ShimHarness
let sandbox: string
let container: string
beforeAll(async () => {
  shim = await ShimHarness.start({ startStreaming: startStreamingServer })
  sandbox = await shim.sandbox()
  container = await shim.run(sandbox, 'sleep 1000')
})
afterAll(() => shim[Symbol.asyncDispose]())

const size = 100 << 20
const chunk = randomBytes(1 << 20)
const expected = createHash('sha256')
for (let i = 0; i < size; i += chunk.length) expected.update(chunk)
const digest = expected.digest('hex')

function send(target: Writable): void {
  Readable.from(
    (function* () {
      for (let i = 0; i < size; i += chunk.length) yield chunk
    })(),
  ).pipe(target)
}

/** Reads with pauses at the beginning, when every buffer on the way fills up. */
async function receiveSlowly(source: Readable): Promise<string> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const data of source) {
    hash.update(data as Buffer)
    bytes += (data as Buffer).length
    if (bytes < 2 << 20) await new Promise(resolve => setTimeout(resolve, 2))
    if (bytes >= size) break
  }
  return hash.digest('hex')
}

const streams = { stdin: true, stdout: true, stderr: true }

describe.each([
  ['WebSocket', 'v5.channel.k8s.io', execOverWebSocket],
  ['WebSocket', 'v4.channel.k8s.io', execOverWebSocket],
  ['WebSocket', 'v4.base64.channel.k8s.io', execOverWebSocket],
  ['SPDY', 'v4.channel.k8s.io', execOverSpdy],
] as const)('exec over %s %s', (_transport, protocol, dial) => {
  const exec = async (...cmd: string[]) => {
    const { url } = await shim.client.exec({ containerId: container, cmd, ...streams })
    return dial({ target: { url }, ...streams, tty: false, protocols: [protocol] })
  }

  test('output apart, exit code', async () => {
    const command = await exec('sh', '-c', 'echo out; echo err >&2; exit 42')
    if (!command.stdout || !command.stderr) throw new Error('no streams')
    expect(await Promise.all([text(command.stdout), text(command.stderr)])).toEqual(['out\n', 'err\n'])
    expect(exitCodeOf(await command.status)).toBe(42)
  })

  test('every byte arrives at a slow reader', async () => {
    // the older protocols cannot half-close: the command ends by itself when it has everything
    const command = await exec('sh', '-c', `head -c ${size}`)
    if (!command.stdin || !command.stdout) throw new Error('no streams')
    command.stderr?.resume()
    send(command.stdin)
    expect(await receiveSlowly(command.stdout)).toBe(digest)
    expect(exitCodeOf(await command.status)).toBe(0)
  }, 60_000)

  test('a command that is not there', async () => {
    const command = await exec('nonsense')
    command.stdout?.resume()
    command.stderr?.resume()
    const status = await command.status
    expect(() => exitCodeOf(status)).toThrow(/exec: "nonsense": executable file not found in \$PATH/)
  })
})

test.each([
  ['SPDY', execOverSpdy],
  ['WebSocket', execOverWebSocket],
] as const)('attach over %s feeds the container and shows what it prints', async (_transport, dial) => {
  const id = await shim.run(sandbox, 'while read line; do echo "got $line"; done; echo end', {
    stdin: true,
    stdinOnce: true,
  })
  const { url } = await shim.client.attach({ containerId: id, ...streams })
  const attached = await dial({ target: { url }, ...streams, tty: false })
  if (!attached.stdin || !attached.stdout) throw new Error('no streams')
  attached.stderr?.resume()
  attached.stdin.end('one\ntwo\n')
  expect(await text(attached.stdout)).toBe('got one\ngot two\nend\n')
  expect((await shim.ended(id)).exitCode).toBe(0)
})

describe('port-forward', () => {
  const serve = async (port: number, command: string) => {
    const id = await shim.run(sandbox, `nc -l -p ${port} -e ${command}`)
    for await (const _ of poll(20_000)) if ((await shim.exec(id, 'netstat', '-ltn')).includes(String(port))) break
    const { url } = await shim.client.portForward({ podSandboxId: sandbox, port: [port] })
    return { url }
  }

  test.each([
    ['SPDY', 7001, portForwardOverSpdy],
    ['SPDY in WebSocket', 7002, portForwardOverTunnel],
  ] as const)(
    'over %s: every byte arrives at a slow reader, half-close is kept',
    async (_name, port, dial) => {
      const session = await dial(await serve(port, 'cat'))
      const { data, error } = await session.open(port)
      send(data)
      expect(await receiveSlowly(data)).toBe(digest)
      expect(await error).toBe('')
      const refused = await session.open(port + 500)
      refused.data.on('error', () => undefined).resume()
      expect(await refused.error).toMatch(/failed to connect to localhost:\d+ inside namespace/)
      session.close()
    },
    60_000,
  )

  test('over WebSocket v4: every byte arrives at a slow reader', async () => {
    const session = await portForwardOverWebSocket(await serve(7003, `head -c ${size}`), [7003])
    const [connection] = session.connections
    if (!connection) throw new Error('no connection')
    send(connection.data)
    expect(await receiveSlowly(connection.data)).toBe(digest)
    session.close()
  }, 60_000)
})
