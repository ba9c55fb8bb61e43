import { createHash, randomBytes } from 'node:crypto'
import { duplexPair, PassThrough, Readable, Writable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import type { CommandSession, StreamingHandlers, TerminalSize } from '@kubets/streaming'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { poll, ShimHarness } from '../testing/shim-harness.ts'

let shim: ShimHarness
let sandbox: string
let container: string
beforeAll(async () => {
  shim = await ShimHarness.start()
  sandbox = await shim.sandbox()
  container = await shim.run(sandbox, 'sleep 1000')
})
afterAll(() => shim[Symbol.asyncDispose]())

const handlers = (): StreamingHandlers => {
  if (!shim.handlers) throw new Error('the shim has no handlers')
  return shim.handlers
}
const streams = { stdin: true, stdout: true, stderr: true, tty: false }

interface Client {
  session: CommandSession
  stdin: PassThrough
  stdout: PassThrough
  stderr: PassThrough
  leave: AbortController
}

function client(tty = false, sizes: TerminalSize[] = []): Client {
  const [stdin, stdout, stderr, leave] = [
    new PassThrough(),
    new PassThrough(),
    new PassThrough(),
    new AbortController(),
  ]
  async function* resizes() {
    yield* sizes
  }
  const session = { stdin, stdout, ...(tty ? {} : { stderr }), tty, resizes: resizes(), signal: leave.signal }
  return { session, stdin, stdout, stderr, leave }
}

async function exec(c: Client, ...cmd: string[]) {
  const result = await handlers().exec({ ...streams, containerId: container, cmd, tty: c.session.tty }, c.session)
  c.stdout.end()
  c.stderr.end()
  return result
}

test('exec gives the streams back apart, and the exit code', async () => {
  const c = client()
  const done = exec(c, 'sh', '-c', 'cat; echo err >&2; exit 6')
  c.stdin.end('typed')
  expect(await text(c.stdout)).toBe('typed')
  expect(await text(c.stderr)).toBe('err\n')
  expect(await done).toEqual({ exitCode: 6 })
})

test('exec of a command that is not there fails with its name and writes nothing', async () => {
  const c = client()
  await expect(exec(c, 'nonsense')).rejects.toThrow(
    /failed to start exec: .*exec: "nonsense": executable file not found in \$PATH/,
  )
  expect(c.stderr.readableLength).toBe(0)
})

test('100 MB go through exec each way, at the pace of a slow reader', async () => {
  const size = 100 << 20
  const chunk = randomBytes(1 << 20)
  const expected = createHash('sha256')
  const source = Readable.from(
    (function* () {
      for (let i = 0; i < size; i += chunk.length) {
        expected.update(chunk)
        yield chunk
      }
    })(),
  )
  const got = createHash('sha256')
  let bytes = 0
  let peak = 0
  const slow = new Writable({
    highWaterMark: 64 << 10,
    write(data: Buffer, _encoding, next) {
      got.update(data)
      bytes += data.length
      peak = Math.max(peak, process.memoryUsage().rss)
      if (bytes % 16 === 0) setImmediate(next)
      else setTimeout(next, bytes < 2 << 20 ? 2 : 0)
    },
  })
  const before = process.memoryUsage().rss
  const c = client()
  const session = { ...c.session, stdin: source, stdout: slow }
  const result = await handlers().exec({ ...streams, containerId: container, cmd: ['cat'] }, session)
  await new Promise<void>(resolve => slow.end(resolve))
  expect(result).toEqual({ exitCode: 0 })
  expect(bytes).toBe(size)
  expect(got.digest('hex')).toBe(expected.digest('hex'))
  expect(peak - before).toBeLessThan(90 << 20)
}, 60_000)

test('exec with a terminal has its size, follows its changes and takes keys', async () => {
  const c = client(true, [{ width: 101, height: 33 }])
  const done = exec(
    c,
    'sh',
    '-c',
    'while test "$(stty size)" != "33 101"; do sleep 0.02; done; stty size; read line; echo "got $line"; exit 2',
  )
  let output = ''
  c.stdout.on('data', data => {
    output += data
    if (/33 101\r\n$/.test(output)) c.stdin.write('hello\r')
  })
  expect(await done).toEqual({ exitCode: 2 })
  expect(output).toContain('33 101\r\n')
  expect(output).toContain('got hello\r\n')
})

test('what a command prints on a terminal before it ends reaches the slowest reader', async () => {
  const c = client(true)
  const done = exec(c, 'sh', '-c', 'i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done')
  await new Promise(resolve => setTimeout(resolve, 700)) // the reader sleeps while the command runs to the terminal's bound
  const output = (await Promise.all([text(c.stdout), done]))[0]
  expect(output.split('\r\n').length).toBe(20_001)
  expect(output.endsWith('line 19999\r\n')).toBe(true)
}, 60_000)

test('a client that leaves takes its command with it', async () => {
  const c = client()
  const done = exec(c, 'sleep', '8899')
  for await (const _ of poll(20_000)) if ((await shim.exec(container, 'ps')).includes('8899')) break
  c.leave.abort()
  await done.catch(() => undefined)
  expect(await shim.exec(container, 'ps')).not.toContain('8899')
})

test('attach shows what is printed from now on, feeds standard input and its end', async () => {
  const id = await shim.run(sandbox, 'echo before; cat; echo end; echo err >&2; exit 0', {
    stdin: true,
    stdinOnce: true,
  })
  for await (const _ of poll(20_000)) if ((await shim.output(id)) !== '') break
  const c = client()
  const done = handlers().attach({ ...streams, containerId: id }, c.session)
  c.stdin.write('first\n')
  for await (const _ of poll(20_000)) if (c.stdout.readableLength > 0) break
  c.stdin.end('second\n')
  await done
  c.stdout.end()
  c.stderr.end()
  expect(await text(c.stdout)).toBe('first\nsecond\nend\n')
  expect(await text(c.stderr)).toBe('err\n')
  expect(await shim.ended(id)).toMatchObject({ exitCode: 0 })
})

test('attach to a terminal sets its size, and detaching leaves the container alone', async () => {
  const id = await shim.run(sandbox, 'while read line; do stty size; done', { stdin: true, tty: true })
  const c = client(true, [{ width: 90, height: 20 }])
  const done = handlers().attach({ ...streams, stderr: false, tty: true, containerId: id }, c.session)
  let output = ''
  c.stdout.on('data', data => {
    output += data
  })
  for await (const _ of poll(20_000)) {
    c.stdin.write('\r')
    if (output.includes('20 90')) break
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  expect(output).toContain('20 90\r\n')
  c.leave.abort()
  await done
  expect((await shim.status(id)).state).toBe('CONTAINER_RUNNING')
  await shim.client.removeContainer({ containerId: id })
})

test('a client that attaches and does not read freezes neither the container nor its log', async () => {
  const id = await shim.run(
    sandbox,
    'read go; i=0; while [ $i -lt 20 ]; do head -c 100000 /dev/zero | tr "\\0" x; echo; i=$((i+1)); done',
    {
      stdin: true,
      stdinOnce: true,
    },
  )
  const stuck = client()
  const done = handlers().attach({ ...streams, containerId: id }, stuck.session)
  stuck.stdin.write('go\n')
  expect(await shim.ended(id)).toMatchObject({ exitCode: 0 })
  const [bytes] = await Promise.all([buffer(stuck.stdout), done.then(() => stuck.stdout.end())])
  expect(bytes.length).toBe(20 * 100_001)
})

test('port-forward reaches what listens on localhost of the pod only, and keeps half-close', async () => {
  const id = await shim.run(sandbox, 'nc -l -p 7070 -e sh -c "cat; echo and the end"')
  for await (const _ of poll(20_000)) if ((await shim.exec(id, 'netstat', '-ltn')).includes('7070')) break
  const [near, far] = duplexPair()
  const done = handlers().portForward({ podSandboxId: sandbox, port: [7070] }, 7070, far)
  near.end('through')
  expect(await text(near)).toBe('throughand the end\n')
  await done
  const [, other] = duplexPair()
  await expect(handlers().portForward({ podSandboxId: sandbox, port: [7071] }, 7071, other)).rejects.toThrow(
    /failed to connect to localhost:7071 inside namespace/,
  )
})

test('100 MB go through a forwarded port each way', async () => {
  const size = 100 << 20
  const id = await shim.run(sandbox, 'nc -l -p 7072 -e cat')
  for await (const _ of poll(20_000)) if ((await shim.exec(id, 'netstat', '-ltn')).includes('7072')) break
  const [near, far] = duplexPair()
  const done = handlers().portForward({ podSandboxId: sandbox, port: [7072] }, 7072, far)
  const chunk = randomBytes(1 << 20)
  Readable.from(
    (function* () {
      for (let i = 0; i < size; i += chunk.length) yield chunk
    })(),
  ).pipe(near)
  let bytes = 0
  for await (const data of near) bytes += (data as Buffer).length
  await done
  expect(bytes).toBe(size)
}, 60_000)
