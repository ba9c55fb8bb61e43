import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn as spawnPty } from '@lydell/node-pty'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findKubectl } from '../../apps/kubets/src/cluster/kubectl-binary.ts'
import { eventually, type TestCluster, upCluster } from './cluster-harness.ts'

// What a person does first, with the real kubectl, on two nodes with real containers.
let cluster: TestCluster
let image: string
beforeAll(async () => {
  cluster = await upCluster()
  image = (await cluster.kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.images[0].names[0]}')).trim()
}, 120_000)
afterAll(() => cluster?.[Symbol.asyncDispose](), 60_000)

const podReady = (name: string) => cluster.kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=30s')

test('get nodes shows two Ready nodes with ROLES, AGE and VERSION', async () => {
  const [header, ...rows] = (await cluster.kubectl('get', 'nodes'))
    .trim()
    .split('\n')
    .map(line => line.split(/\s+/))
  expect(header).toEqual(['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'])
  expect(rows.map(row => row.slice(0, 3))).toEqual([
    ['node-1', 'Ready', '<none>'],
    ['node-2', 'Ready', '<none>'],
  ])
  for (const row of rows) expect(row[4]).toBe('v1.36.0+kubets')
})

test('run, get -o wide, logs, describe and delete a pod', async () => {
  expect(
    await cluster.kubectl('run', 'hello', `--image=${image}`, '--', 'sh', '-c', 'echo hello from $HOSTNAME; sleep 600'),
  ).toBe('pod/hello created\n')
  await podReady('hello')
  const wide = await cluster.kubectl('get', 'pods', '-o', 'wide')
  expect(wide.split('\n')[0]?.split(/\s{2,}/)).toEqual([
    'NAME',
    'READY',
    'STATUS',
    'RESTARTS',
    'AGE',
    'IP',
    'NODE',
    'NOMINATED NODE',
    'READINESS GATES',
  ])
  expect(wide).toMatch(/hello\s+1\/1\s+Running\s+0\s+\d+s\s+10\.\d+\.\d+\.\d+\s+node-[12]/)
  await eventually('the log line', async () =>
    (await cluster.kubectl('logs', 'hello')) === 'hello from hello\n' ? true : undefined,
  )
  const described = await cluster.kubectl('describe', 'pod', 'hello')
  for (const part of [
    'Status:           Running',
    'Successfully assigned default/hello to node-',
    'Created',
    'Started',
  ])
    expect(described).toContain(part)
  expect(await cluster.kubectl('delete', 'pod', 'hello', '--grace-period=1')).toContain('pod "hello" deleted')
  expect((await cluster.tryKubectl(['get', 'pod', 'hello'])).stderr).toBe(
    'Error from server (NotFound): pods "hello" not found\n',
  )
})

test('logs -f follows a container until it ends', async () => {
  await cluster.kubectl(
    'run',
    'counter',
    `--image=${image}`,
    '--restart=Never',
    '--',
    'sh',
    '-c',
    'for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done',
  )
  const follow = await eventually('the container', async () => {
    const result = await cluster.tryKubectl(['logs', '-f', 'counter'])
    // as upstream: an empty log before the pod has a node, an error while its container is created
    return result.code === 0 && result.stdout !== '' ? result.stdout : undefined
  })
  expect(follow).toBe('line 1\nline 2\nline 3\nline 4\nline 5\n')
  await cluster.kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/counter', '--timeout=20s')
  await cluster.kubectl('delete', 'pod', 'counter')
})

test.each([
  ['WebSocket', 'true'],
  ['SPDY', 'false'],
])('exec over %s passes input, output and the exit code', async (_, websockets) => {
  const name = `exec-${websockets}`
  await cluster.kubectl('run', name, `--image=${image}`, '--', 'sleep', '600')
  await podReady(name)
  const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets }
  const echoed = await cluster.tryKubectl(['exec', '-i', name, '--', 'sh', '-c', 'cat; echo on-stderr >&2; exit 7'], {
    input: 'some input\n',
    env,
  })
  expect(echoed).toMatchObject({ code: 7, stdout: 'some input\n' })
  expect(echoed.stderr).toContain('on-stderr')
  const absent = await cluster.tryKubectl(['exec', name, '--', 'no-such-program'], { env })
  expect(absent.code).not.toBe(0)
  expect(absent.stderr).toContain('executable file not found in $PATH')
  await cluster.kubectl('delete', 'pod', name, '--grace-period=0', '--force')
})

test('exec -it gives a terminal that takes keys and has a size', async () => {
  await cluster.kubectl('run', 'terminal', `--image=${image}`, '--', 'sleep', '600')
  await podReady('terminal')
  const kubectl = await findKubectl()
  const terminal = spawnPty(kubectl ?? '', ['exec', '-it', 'terminal', '--', 'sh'], {
    cols: 91,
    rows: 33,
    env: { ...process.env, KUBECONFIG: join(cluster.directory, 'kubeconfig') } as Record<string, string>,
  })
  let screen = ''
  terminal.onData(data => (screen += data))
  const ended = new Promise<number>(resolve => terminal.onExit(({ exitCode }) => resolve(exitCode)))
  await eventually('the prompt', async () => (screen.includes('/ # ') ? true : undefined))
  terminal.write('stty size\r')
  await eventually('the size', async () => (screen.includes('33 91') ? true : undefined))
  terminal.write('exit 3\r')
  expect(await ended).toBe(3)
  await cluster.kubectl('delete', 'pod', 'terminal', '--grace-period=0', '--force')
}, 60_000)

test.each([
  ['WebSocket', 'true'],
  ['SPDY', 'false'],
])('port-forward over %s carries a request and its answer', async (_, websockets) => {
  const name = `web-${websockets}`
  await cluster.kubectl(
    'run',
    name,
    `--image=${image}`,
    '--',
    'sh',
    '-c',
    'mkdir /www && echo it works > /www/index.html && httpd -f -p 8080 -h /www',
  )
  await podReady(name)
  const forward = cluster.spawnKubectl(['port-forward', `pod/${name}`, ':8080'], {
    KUBECTL_PORT_FORWARD_WEBSOCKETS: websockets,
  })
  try {
    let said = ''
    forward.stdout?.on('data', chunk => (said += chunk))
    const port = await eventually('port-forward', async () => /127\.0\.0\.1:(\d+) -> 8080/.exec(said)?.[1])
    const answer = await eventually('the answer', async () => {
      const got = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
      return got?.ok ? await got.text() : undefined
    })
    expect(answer).toBe('it works\n')
  } finally {
    forward.kill()
  }
  await cluster.kubectl('delete', 'pod', name, '--grace-period=0', '--force')
})

test('cp takes a file into a pod and back unchanged', async () => {
  await cluster.kubectl('run', 'files', `--image=${image}`, '--', 'sleep', '600')
  await podReady('files')
  const folder = await mkdtemp(join(tmpdir(), 'kubets-cp-'))
  try {
    const bytes = randomBytes(3_000_000)
    await writeFile(join(folder, 'out'), bytes)
    await cluster.kubectl('cp', join(folder, 'out'), 'files:/tmp/in')
    await cluster.kubectl('cp', 'files:/tmp/in', join(folder, 'back'))
    const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex')
    expect(digest(await readFile(join(folder, 'back')))).toBe(digest(bytes))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  await cluster.kubectl('delete', 'pod', 'files', '--grace-period=0', '--force')
})

test('a POST with the client certificate creates a pod that then runs', async () => {
  const { createClient, loadKubeconfig } = await import('@kubets/client')
  await using client = createClient(await loadKubeconfig({ file: join(cluster.directory, 'kubeconfig') }))
  const created = await client.raw('POST', '/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'posted' },
    spec: { containers: [{ name: 'c', image, command: ['sleep', '600'] }] },
  })
  expect(created.status).toBe(201)
  await podReady('posted')
  await cluster.kubectl('delete', 'pod', 'posted', '--grace-period=0', '--force')
})

test('pods on different nodes reach each other', async () => {
  for (const node of ['node-1', 'node-2'])
    await cluster.kubectl(
      'run',
      `on-${node}`,
      `--image=${image}`,
      `--overrides={"spec":{"nodeName":"${node}"}}`,
      '--',
      'sh',
      '-c',
      'nc -ll -p 7000 -e hostname',
    )
  await Promise.all(['node-1', 'node-2'].map(node => podReady(`on-${node}`)))
  const address = (await cluster.kubectl('get', 'pod', 'on-node-2', '-o', 'jsonpath={.status.podIP}')).trim()
  const said = await eventually('the other pod', async () => {
    const result = await cluster.tryKubectl(['exec', 'on-node-1', '--', 'nc', '-w', '2', address, '7000'])
    return result.code === 0 && result.stdout !== '' ? result.stdout : undefined
  })
  expect(said).toBe('on-node-2\n')
  // and the host reaches both
  await new Promise<void>((resolve, reject) => {
    const socket = connect(7000, address, () => resolve(void socket.destroy()))
    socket.once('error', reject)
  })
  await cluster.kubectl('delete', 'pod', 'on-node-1', 'on-node-2', '--grace-period=0', '--force')
})
