import { execFile, spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type TestCluster, upCluster } from './cluster-harness.ts'

// Services as pods see them: cluster IPs on each node, the API at its own, on a cluster with the default admission plugins.
let cluster: TestCluster
let image: string
beforeAll(async () => {
  cluster = await upCluster()
  image = (await cluster.kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.images[0].names[0]}')).trim()
  await cluster.kubectl('run', 'client', `--image=${image}`, '--', 'sleep', '6000')
  for (const node of ['node-1', 'node-2'])
    await cluster.kubectl(
      'run',
      `server-${node}`,
      `--image=${image}`,
      '--labels=app=server',
      `--env=PROOF=${proof}-${node}`,
      `--overrides=${JSON.stringify({ spec: { nodeName: node } })}`,
      '--',
      'nc',
      '-ll',
      '-p',
      '7000',
      '-e',
      'hostname',
    )
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s')
}, 180_000)
afterAll(() => cluster?.[Symbol.asyncDispose](), 60_000)

/** Tells the process of the pod `in-cluster` from those of others. */
const proof = `proof-${process.pid}`
const servers = ['server-node-1\n', 'server-node-2\n']
const run = promisify(execFile)

async function createService(name: string, spec: object): Promise<string> {
  const body = { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec }
  const made = await cluster.tryKubectl(['create', '-f', '-', '-o', 'jsonpath={.spec.clusterIP}'], {
    input: JSON.stringify(body),
  })
  expect(made.stderr).toBe('')
  return made.stdout
}

/** What a connection from inside the pod is told. */
const dial = (pod: string, address: string, port: number) =>
  cluster.tryKubectl(['exec', pod, '--', 'nc', '-w', '2', address, String(port)])

/** Connects until the answer is one of those wanted. */
const answer = (pod: string, address: string, port: number) =>
  eventually(`an answer of ${address}:${port}`, async () => {
    const { stdout } = await dial(pod, address, port)
    return servers.includes(stdout) ? stdout : undefined
  })

/** The first process of the container whose variable PROOF says so. */
async function processOf(proof: string): Promise<string> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (environment.split('\0').includes(`PROOF=${proof}`)) return pid
  }
  throw new Error(`no process with PROOF=${proof}`)
}

test("a pod's own token calls the API through its cluster IP, and may do what roles allow", async () => {
  await cluster.kubectl('create', 'serviceaccount', 'reader')
  await cluster.kubectl(
    'run',
    'in-cluster',
    `--image=${image}`,
    `--env=PROOF=${proof}`,
    `--overrides=${JSON.stringify({ spec: { serviceAccountName: 'reader' } })}`,
    '--',
    'sleep',
    '600',
  )
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/in-cluster', '--timeout=60s')
  const pid = await processOf(proof)
  const environment = Object.fromEntries(
    (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').map(line => line.split('=') as [string, string]),
  )
  expect(environment).toMatchObject({ KUBERNETES_SERVICE_PORT: '443', KUBERNETES_SERVICE_PORT_HTTPS: '443' })
  // as an in-cluster client does: the variables, the three files, and the server's certificate checked against them
  const program = `
    const { readFileSync } = require('node:fs')
    const { get } = require('node:https')
    const file = name => readFileSync('/proc/${pid}/root/var/run/secrets/kubernetes.io/serviceaccount/' + name, 'utf8')
    const ask = (path, more) => new Promise((resolve, reject) => get({
      host: process.env.HOST, port: process.env.PORT, ca: file('ca.crt'), path, timeout: 5000,
      headers: { authorization: 'Bearer ' + file('token') }, ...more,
    }, answer => {
      let text = ''
      answer.on('data', chunk => (text += chunk)).on('end', () => resolve([answer.statusCode, text]))
    }).on('error', reject))
    ;(async () => {
      const [status, text] = await ask('/api/v1/namespaces/' + file('namespace') + '/pods')
      const [named] = await ask('/version', { servername: 'kubernetes.default.svc' })
      console.log(JSON.stringify({ status, named, message: JSON.parse(text).message, kind: JSON.parse(text).kind }))
    })()`
  const call = async () => {
    const { stdout } = await run('nsenter', [`--net=/proc/${pid}/ns/net`, '--', process.execPath, '-e', program], {
      env: { ...process.env, HOST: environment.KUBERNETES_SERVICE_HOST, PORT: environment.KUBERNETES_SERVICE_PORT },
    })
    return JSON.parse(stdout) as { status: number; named: number; message?: string; kind: string }
  }
  expect(await call()).toEqual({
    status: 403,
    named: 200,
    kind: 'Status',
    message:
      'pods is forbidden: User "system:serviceaccount:default:reader" cannot list resource "pods" in API group "" in the namespace "default"',
  })
  await cluster.kubectl('create', 'rolebinding', 'reader', '--clusterrole=view', '--serviceaccount=default:reader')
  const allowed = await eventually('the role', async () => {
    const answered = await call()
    return answered.status === 200 ? answered : undefined
  })
  expect(allowed).toEqual({ status: 200, named: 200, kind: 'PodList' })
}, 90_000)

test('a cluster IP leads to the endpoints on both nodes', async () => {
  const address = await createService('both', { selector: { app: 'server' }, ports: [{ port: 80, targetPort: 7000 }] })
  const seen = new Set<string>()
  await eventually('both servers', async () => {
    seen.add(await answer('client', address, 80))
    return seen.size === 2 ? true : undefined
  })
  // a port that the service does not have is refused, not lost
  const refused = await dial('client', address, 81)
  expect(refused.stderr).toContain('Connection refused')
}, 60_000)

test('a pod reaches itself through its own service', async () => {
  await cluster.kubectl('label', 'pod', 'server-node-1', 'self=yes')
  const address = await createService('self', { selector: { self: 'yes' }, ports: [{ port: 80, targetPort: 7000 }] })
  expect(await answer('server-node-1', address, 80)).toBe('server-node-1\n')
}, 60_000)

test('a client stays with its endpoint where the service asks for it', async () => {
  const address = await createService('sticky', {
    selector: { app: 'server' },
    sessionAffinity: 'ClientIP',
    ports: [{ port: 80, targetPort: 7000 }],
  })
  const first = await answer('client', address, 80)
  for (let i = 0; i < 6; i++) expect((await dial('client', address, 80)).stdout).toBe(first)
}, 60_000)

test('a service without endpoints refuses until it has one, and again after', async () => {
  const address = await createService('late', { selector: { late: 'yes' }, ports: [{ port: 80, targetPort: 7000 }] })
  const refused = () =>
    eventually('the refusal', async () =>
      (await dial('client', address, 80)).stderr.includes('Connection refused') ? true : undefined,
    )
  await refused()
  await cluster.kubectl('label', 'pod', 'server-node-2', 'late=yes')
  expect(await answer('client', address, 80)).toBe('server-node-2\n')
  await cluster.kubectl('label', 'pod', 'server-node-2', 'late-')
  await refused()
}, 90_000)

test('a node port is open on each node, wherever the endpoints are', async () => {
  await createService('ported', {
    type: 'NodePort',
    selector: { late: 'no', app: 'server' },
    ports: [{ port: 80, targetPort: 7000 }],
  })
  await cluster.kubectl('label', 'pod', 'server-node-2', 'late=no')
  const nodePort = Number(await cluster.kubectl('get', 'service', 'ported', '-o', 'jsonpath={.spec.ports[0].nodePort}'))
  const addresses = (
    await cluster.kubectl(
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}',
    )
  ).split(' ')
  expect(addresses.length).toBe(2)
  for (const address of addresses)
    await eventually(`the node port of ${address}`, async () =>
      (await read(address, nodePort)) === 'server-node-2\n' ? true : undefined,
    )
}, 60_000)

test('a UDP client with one socket is led on when its endpoint goes', async () => {
  await cluster.kubectl('label', 'pod', 'server-node-1', 'udp=yes')
  const address = await createService('datagrams', {
    selector: { udp: 'yes' },
    ports: [{ port: 53, targetPort: 5353, protocol: 'UDP' }],
  })
  await using processes = new AsyncDisposableStack()
  const within = async (pod: string, program: string) => {
    const pid = await processOf(pod)
    const child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, '--', process.execPath, '-e', program])
    processes.defer(() => void child.kill())
    let said = ''
    child.stdout.on('data', chunk => (said += chunk))
    return () => said
  }
  for (const node of ['node-1', 'node-2'])
    await within(
      `${proof}-${node}`,
      `const s = require('node:dgram').createSocket('udp4')
       s.on('message', (_, from) => s.send('${node} ', from.port, from.address)).bind(5353)`,
    )
  const answers = await within(
    proof,
    `const s = require('node:dgram').createSocket('udp4')
     s.on('error', () => {}).on('message', text => process.stdout.write(text)).bind(45353)
     setInterval(() => s.send('?', 53, '${address}'), 100)`,
  )
  await eventually('an answer of node-1', async () => (answers().endsWith('node-1 ') ? true : undefined))
  await cluster.kubectl('label', 'pod', 'server-node-2', 'udp=yes')
  await cluster.kubectl('label', 'pod', 'server-node-1', 'udp-')
  await eventually('an answer of node-2', async () => (answers().endsWith('node-2 ') ? true : undefined))
}, 90_000)

test('rules stay while the node-level services are away', async () => {
  const address = (await cluster.kubectl('get', 'service', 'both', '-o', 'jsonpath={.spec.clusterIP}')).trim()
  const pid = await processOf(proof)
  const processes = await cluster.processes()
  const services = ['node-1', 'node-2'].map(node => processes[`kubelet-agent@${node}`]?.pid ?? 0)
  for (const service of services) process.kill(service, 'SIGSTOP')
  try {
    // exec would need the kubelet, so the host dials from inside of the pod's network
    const dialled = await run('nsenter', [`--net=/proc/${pid}/ns/net`, '--', 'busybox', 'nc', '-w', '2', address, '80'])
    expect(servers).toContain(dialled.stdout)
  } finally {
    for (const service of services) process.kill(service, 'SIGCONT')
  }
}, 60_000)

function read(host: string, port: number): Promise<string> {
  return new Promise(resolve => {
    let text = ''
    const socket = connect({ host, port, timeout: 3_000 }, () => undefined)
    socket
      .on('data', chunk => (text += chunk))
      .on('end', () => resolve(text))
      .on('error', () => resolve(''))
      .on('timeout', () => socket.destroy())
      .on('close', () => resolve(text))
  })
}
