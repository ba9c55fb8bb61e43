import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, execute, freePort, type TestCluster, upCluster } from './cluster-harness.ts'

const main = join(import.meta.dirname, '../../apps/kubets/src/main.ts')
const kubets = (...args: string[]) => execute([process.execPath, main, ...args])
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubets-bad-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test.each([
  [['up', '--nods', '3'], 'unknown flag: --nods (did you mean --nodes?)'],
  [['frobnicate'], 'unknown command "frobnicate" for "kubets"'],
  [['up', '--nodes', 'many'], 'invalid argument "many" for "--nodes" flag: must be a whole number'],
  [['up', '--runtime', 'docker'], 'must be one of auto, oci, fake'],
  [
    ['status', '--dir', '/nonexistent/kubets'],
    "there is no cluster in /nonexistent/kubets: run 'kubets up --dir /nonexistent/kubets'",
  ],
])('kubets %j is one clear error', async (args, message) => {
  const result = await kubets(...args)
  expect(result.code).toBe(2)
  expect(result.stderr).toContain(message)
  expect(result.stderr.trim().split('\n').length).toBeLessThanOrEqual(2)
})

test('a port in use is named, and nothing is left running', async () => {
  const port = await freePort()
  const server = createServer()
  await new Promise<void>(resolve => server.listen(port, '0.0.0.0', resolve))
  try {
    const directory = join(folder, 'port')
    const result = await kubets('up', '--detach', '--port', String(port), '--dir', directory)
    expect(result.code).toBe(2)
    expect(result.stderr).toContain(`port ${port} is in use by another program: choose a free one with --port`)
    expect((await kubets('status', '--dir', directory)).stderr).toContain('there is no cluster')
  } finally {
    server.close()
  }
})

test('a damaged state directory is told with the way out, and nothing in it changes', async () => {
  const directory = join(folder, 'damaged')
  await mkdir(directory)
  await writeFile(join(directory, 'cluster.json'), '{"version": 1, "id": ')
  await writeFile(join(directory, 'kubeconfig'), 'keep me')
  const result = await kubets('up', '--detach', '--dir', directory)
  expect(result.code).toBe(2)
  expect(result.stderr).toContain('cluster.json is damaged')
  expect(result.stderr).toContain(`kubets reset --dir ${directory}`)
  expect((await readdir(directory)).filter(name => name !== 'logs').sort()).toEqual(['cluster.json', 'kubeconfig'])
  expect((await kubets('reset', '--dir', directory)).code).toBe(0)
})

test("somebody else's folder is not taken", async () => {
  const directory = join(folder, 'strangers')
  await mkdir(directory)
  await writeFile(join(directory, 'thesis.txt'), 'years of work')
  for (const command of ['up', 'reset']) {
    const result = await kubets(command, '--dir', directory)
    expect(result.code).toBe(2)
  }
  expect(await readdir(directory)).toContain('thesis.txt')
})

let cluster: TestCluster
test('with a cluster: malformed bodies, absent images and absent commands each get one message', async () => {
  cluster = await upCluster({ flags: ['--nodes', '1'] })
  const image = (await cluster.kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.images[0].names[0]}')).trim()

  const malformed = await cluster.tryKubectl(['create', '--raw', '/api/v1/namespaces/default/pods', '-f', '-'], {
    input: '{"apiVersion":"v1","kind":"Pod","metadata":{"name":7',
  })
  expect(malformed.code).toBe(1)
  expect(malformed.stderr).toContain('Error from server (BadRequest)')

  await cluster.kubectl('run', 'no-image', '--image=127.0.0.1:9/nothing/here:1', '--restart=Never')
  const waiting = await eventually('the reason', async () => {
    const reason = await cluster.kubectl(
      'get',
      'pod',
      'no-image',
      '-o',
      'jsonpath={.status.containerStatuses[0].state.waiting.reason}',
    )
    return reason === 'ErrImagePull' || reason === 'ImagePullBackOff' ? reason : undefined
  })
  expect(waiting).toMatch(/ErrImagePull|ImagePullBackOff/)
  expect(await cluster.kubectl('describe', 'pod', 'no-image')).toContain(
    'Failed to pull image "127.0.0.1:9/nothing/here:1"',
  )

  await cluster.kubectl('run', 'no-command', `--image=${image}`, '--restart=Never', '--', 'no-such-command')
  const message = await eventually('the failure', async () => {
    const text = await cluster.kubectl('describe', 'pod', 'no-command')
    return text.includes('executable file not found in $PATH') ? text : undefined
  })
  expect(message).toContain('no-such-command')
}, 90_000)
afterAll(() => cluster?.[Symbol.asyncDispose](), 60_000)
