import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

// What a user does: another npm project, outside of this workspace, installs the packed kubets.
let project: string
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'kubets-user-'))
  const packed = await run(process.execPath, [join(root, 'tools/package/main.ts'), join(project, 'packed')])
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }))
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', packed.stdout.trim().split('\n').at(-1) ?? ''],
    { cwd: project },
  )
}, 120_000)
afterAll(() => rm(project, { recursive: true, force: true }))

const suite = `
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { access } from 'node:fs/promises'
import https from 'node:https'
import { startCluster } from 'kubets'

const request = (cluster, method, path, body) => new Promise((resolve, reject) => {
  const { ca, cert, key } = cluster.credentials
  const call = https.request(cluster.url + path, { method, ca, cert, key, agent: false, headers: { 'content-type': 'application/json' } }, answer => {
    let text = ''
    answer.on('data', chunk => (text += chunk)).on('end', () => resolve({ status: answer.statusCode, body: JSON.parse(text) }))
  })
  call.on('error', reject)
  call.end(body && JSON.stringify(body))
})

async function useCluster(name) {
  const cluster = await startCluster()
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'c', image: 'example.com/any:1' }] } }
  assert.equal((await request(cluster, 'POST', '/api/v1/namespaces/default/pods', pod)).status, 201)
  for (;;) {
    const { body } = await request(cluster, 'GET', '/api/v1/namespaces/default/pods/' + name)
    if (body.status.phase === 'Running') break
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  await cluster.stop()
  await assert.rejects(access(cluster.kubeconfigPath))
}

test('ten clusters one after another', async () => {
  for (let i = 0; i < 10; i++) await useCluster('pod-' + i)
})
test('four at once', async () => {
  await Promise.all([1, 2, 3, 4].map(i => useCluster('pod-' + i)))
})
`

test('ten clusters one after another and four at once, and no handle stays open', async () => {
  await writeFile(join(project, 'suite.test.js'), suite)
  // without --test-force-exit the process ends only when nothing is left that could keep it alive
  const result = await run(process.execPath, ['--test-reporter=tap', join(project, 'suite.test.js')], {
    cwd: project,
    timeout: 100_000,
  })
  expect(result.stdout).toContain('# pass 2')
  expect(result.stdout).toContain('# fail 0')
  expect(result.stderr).toBe('')
}, 120_000)

test('the type declarations stand for themselves', async () => {
  await writeFile(
    join(project, 'types.ts'),
    "import { startCluster, type EmbeddedCluster } from 'kubets'\nconst cluster: EmbeddedCluster = await startCluster({ nodes: 2 })\nconst url: string = cluster.url\nawait cluster.stop()\nexport { url }\n",
  )
  const tsc = join(root, 'node_modules/.bin/tsc')
  const checked = await run(
    tsc,
    [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2024',
      '--lib',
      'es2024,esnext.disposable',
      '--types',
      '',
      'types.ts',
    ],
    { cwd: project },
  )
  expect(checked.stdout).toBe('')
})
