import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duplex, Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadKubeconfig } from '@kubets/client'
import {
  type ExecClientOptions,
  execOverSpdy,
  execOverWebSocket,
  exitCodeOf,
  type ProxyTarget,
  portForwardOverSpdy,
  portForwardOverTunnel,
  portForwardOverWebSocket,
} from '@kubets/streaming'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { collectable, expectKept } from '../garbage/expect-kept.ts'
import { eventually, type TestCluster, upCluster } from './cluster-harness.ts'

// The streaming protocols through api-server, kubelet-agent, container-runtime-shim and runc.
let cluster: TestCluster
let image: string
let target: (subresource: string, query: string) => ProxyTarget
beforeAll(async () => {
  cluster = await upCluster({ flags: ['--nodes', '1'], node: collectable })
  image = (await cluster.kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.images[0].names[0]}')).trim()
  const { server, ca, cert, key } = await loadKubeconfig({ file: join(cluster.directory, 'kubeconfig') })
  target = (subresource, query) => ({
    url: `${server}/api/v1/namespaces/default/pods/echo/${subresource}?${query}`,
    tls: { ca, cert, key },
  })
  await cluster.kubectl('run', 'echo', `--image=${image}`, '--', 'nc', '-ll', '-p', '7000', '-e', 'cat')
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/echo', '--timeout=30s')
}, 60_000)
afterAll(() => cluster?.[Symbol.asyncDispose](), 60_000)

const clients = { WebSocket: execOverWebSocket, SPDY: execOverSpdy }

function execOptions(command: readonly string[], protocol: string): ExecClientOptions {
  const words = command.map(word => `command=${encodeURIComponent(word)}`).join('&')
  return {
    target: target('exec', `stdin=true&stdout=true&stderr=true&${words}`),
    stdin: true,
    stdout: true,
    stderr: true,
    tty: false,
    protocols: [protocol],
  }
}

test.each([
  ['WebSocket', 'v5.channel.k8s.io'],
  ['WebSocket', 'v4.channel.k8s.io'],
  ['WebSocket', 'channel.k8s.io'],
  ['WebSocket', 'v4.base64.channel.k8s.io'],
  ['SPDY', 'v4.channel.k8s.io'],
  ['SPDY', 'channel.k8s.io'],
] as const)('exec over %s %s carries input, both outputs and the exit code', async (transport, protocol) => {
  const script = 'read line; echo "got $line"; echo complaint >&2; exit 7'
  const command = await clients[transport](execOptions(['sh', '-c', script], protocol))
  expect(command.protocol).toBe(protocol)
  command.stdin?.write('a line\n')
  const [stdout, stderr, status] = await Promise.all([
    text(command.stdout as Readable),
    text(command.stderr as Readable),
    command.status,
  ])
  command.close()
  expect([stdout, stderr]).toEqual(['got a line\n', 'complaint\n'])
  if (protocol.startsWith('v')) expect(exitCodeOf(status)).toBe(7)
  else expect(status).toContain('exit code 7')
})

const megabytes = 100
/** What one service may keep, beside its garbage, while 100 MB go each way: windows and socket buffers. */
const growthBound = 64 * 1024 * 1024
/** What V8 may hold of that, with all that the service is made of: the api-server 58 MB, a node's services 27 to 30. */
const heldBound = (name: string) => (name === 'api-server' ? 96 : 64) * 1024 * 1024

test.each([
  ['WebSocket', 'v5.channel.k8s.io'],
  ['SPDY', 'v4.channel.k8s.io'],
] as const)(
  'exec over %s %s carries 100 MB each way past a slow reader, and half-close ends cat',
  async (transport, protocol) => {
    const command = await clients[transport](execOptions(['cat'], protocol))
    command.stderr?.resume()
    await boundedEcho(command.stdin as Writable, command.stdout as Readable)
    expect(exitCodeOf(await command.status)).toBe(0)
    command.close()
  },
  40_000,
)

test.each(['SPDY', 'tunnelled SPDY', 'WebSocket v4'])(
  'port-forward over %s carries 100 MB each way past a slow reader',
  async transport => {
    if (transport === 'WebSocket v4') {
      const session = await portForwardOverWebSocket(target('portforward', 'ports=7000'), [7000])
      const [connection] = session.connections
      // this protocol has no half-close: the bytes are counted instead
      await boundedEcho(connection?.data as Duplex, connection?.data as Duplex, false)
      session.close()
      return
    }
    const session = await (transport === 'SPDY' ? portForwardOverSpdy : portForwardOverTunnel)(
      target('portforward', ''),
    )
    const { data, error } = await session.open(7000)
    await boundedEcho(data, data)
    expect(await error).toBe('')
    session.close()
  },
  40_000,
)

test('exec into a container that does not exist says so', async () => {
  const refused = await cluster.tryKubectl(['exec', 'echo', '-c', 'absent', '--', 'true'])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('container absent is not valid for pod echo')
})

/** Sends 100 MB, each block different, while the reader rests at first; every byte must come back and no service keep them. */
async function boundedEcho(input: Writable, output: Readable, halfClose = true): Promise<void> {
  const before = await memory()
  const total = megabytes * 1024 * 1024
  const sent = createHash('sha256')
  const received = createHash('sha256')
  // a run that hangs says how far it came
  const progress = { blocksSent: 0, ended: false, bytesReceived: 0, allBack: false }
  onTestFailed(
    () =>
      void process.stderr.write(
        `echo of ${total} bytes: ${JSON.stringify({ progress, before: Object.fromEntries(before) })}\n`,
      ),
  )
  const send = async () => {
    for (let i = 0; i < total / 65_536; i++) {
      const block = Buffer.alloc(65_536, `block ${i}\n`)
      sent.update(block)
      progress.blocksSent++
      if (!input.write(block)) await new Promise(resolve => input.once('drain', resolve))
    }
    if (halfClose) input.end()
    progress.ended = true
  }
  const receive = async () => {
    await sleep(1000)
    await expectNothingKept(before)
    let count = 0
    let asked = 0
    for await (const chunk of output.iterator({ destroyOnReturn: false })) {
      received.update(chunk as Buffer)
      count += (chunk as Buffer).length
      progress.bytesReceived = count
      if (count - asked >= total / 10) {
        asked = count
        await sleep(50)
        await expectNothingKept(before)
      }
      if (!halfClose && count >= total) break
    }
    expect(count).toBe(total)
  }
  await Promise.all([send(), receive()])
  progress.allBack = true
  expect(received.digest('hex')).toBe(sent.digest('hex'))
}

async function expectNothingKept(before: ReadonlyMap<string, number>): Promise<void> {
  for (const { name, pid } of await chain())
    await expectKept({
      pid,
      what: `growth of ${name}`,
      bytes: async () => (await anonymousMemory(pid)) - (before.get(name) ?? 0),
      below: growthBound,
      held: heldBound(name),
      said: () => readFile(join(cluster.directory, 'logs', `${name}.log`), 'utf8'),
    })
}

async function memory(): Promise<ReadonlyMap<string, number>> {
  return new Map(
    await Promise.all((await chain()).map(async ({ name, pid }) => [name, await anonymousMemory(pid)] as const)),
  )
}

/** The three services that a stream goes through. */
async function chain(): Promise<readonly { name: string; pid: number }[]> {
  const services = Object.entries(await cluster.processes())
    .filter(([name]) => /api-server|kubelet-agent|container-runtime-shim/.test(name))
    .map(([name, { pid }]) => ({ name, pid }))
  if (services.length < 3) throw new Error(`not three services: ${services.map(({ name }) => name)}`)
  return services
}

/** In bytes. */
async function anonymousMemory(pid: number): Promise<number> {
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

test.each(['WebSocket', 'SPDY'] as const)(
  'attach over %s joins the container, and its detaching leaves it running',
  async transport => {
    const name = `attach-${transport.toLowerCase()}`
    await cluster.kubectl(
      'run',
      name,
      `--image=${image}`,
      '--stdin',
      '--leave-stdin-open',
      '--attach=false',
      '--',
      'cat',
    )
    await cluster.kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=30s')
    const url = String(target('attach', 'stdin=true&stdout=true&stderr=true').url).replace('/echo/', `/${name}/`)
    for (const line of ['first\n', 'second\n']) {
      const attached = await clients[transport]({
        target: { ...target('attach', ''), url },
        stdin: true,
        stdout: true,
        stderr: true,
        tty: false,
      })
      attached.stderr?.resume()
      let said = ''
      attached.stdout?.on('data', (chunk: Buffer) => (said += chunk))
      attached.stdout?.on('error', () => undefined)
      attached.stdin?.write(line)
      await eventually(`the echo of ${line}`, async () => (said.includes(line) ? true : undefined), 10_000)
      attached.close()
    }
    expect(await cluster.kubectl('get', 'pod', name, '-o', 'jsonpath={.status.phase}')).toBe('Running')
    await cluster.kubectl('delete', 'pod', name, '--grace-period=0', '--force')
  },
)

test('logs -f gives 50 MB complete and in order to a reader that rests', async () => {
  const lines = 500_000
  // it waits until somebody follows: who comes after a rotation does not see the beginning, as with any kubelet
  const wait = 'echo 0; until [ -e /tmp/go ]; do sleep 0.05; done'
  const script = `${wait}; i=1; p=$(printf '%090d' 0); while [ $i -lt ${lines} ]; do echo "$i $p"; i=$((i+1)); done`
  await cluster.kubectl('run', 'chatty', `--image=${image}`, '--restart=Never', '--', 'sh', '-c', script)
  await eventually('the container', async () => {
    const pod = await cluster.kubectl('get', 'pod', 'chatty', '-o', 'jsonpath={.status.phase}')
    return pod === 'Running' || pod === 'Succeeded' ? true : undefined
  })
  const follow = cluster.spawnKubectl(['logs', '-f', 'chatty'])
  try {
    let rested = false
    let next = 0
    let rest = ''
    for await (const chunk of follow.stdout as Readable) {
      if (next === 0) await cluster.kubectl('exec', 'chatty', '--', 'touch', '/tmp/go')
      const parts = (rest + String(chunk)).split('\n')
      rest = parts.pop() ?? ''
      for (const line of parts) {
        if (line.split(' ', 1)[0] !== String(next)) throw new Error(`line ${next} expected, not ${line}`)
        next++
      }
      if (!rested && next > 10_000) {
        rested = true
        await sleep(1000)
      }
    }
    expect(next).toBe(lines)
  } finally {
    follow.kill()
  }
}, 40_000)
