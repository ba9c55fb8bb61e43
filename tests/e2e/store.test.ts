import { join } from 'node:path'
import { startEtcdServer } from '@kubets/storage/etcd-server'
import { expect, test } from 'vitest'
import { execute, type TestCluster, upCluster } from './cluster-harness.ts'

const main = join(import.meta.dirname, '../../apps/kubets/src/main.ts')
const data = ['get', 'configmap', 'kept', '-o', 'jsonpath={.data.key} {.metadata.uid}'] as const

/** As upstream says it, over whatever store. */
async function expectLimit(cluster: TestCluster): Promise<void> {
  const revision = { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name: 'large' }, revision: 1 }
  const input = JSON.stringify({ ...revision, data: { a: 'x'.repeat(1.6 * 2 ** 20) } })
  const { code, stderr } = await cluster.tryKubectl(['create', '-f', '-'], { input })
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'Error from server: error when creating "STDIN": etcdserver: request is too large\n',
  })
}

test('a snapshot of a running cluster brings its objects back, and a copy of its store goes on over etcd', async () => {
  await using etcd = await startEtcdServer()
  await using cluster = await upCluster({ flags: ['--nodes', '0'] })
  const file = join(cluster.directory, '..', 'monday.snapshot')
  await cluster.kubectl('create', 'configmap', 'kept', '--from-literal=key=before')
  const before = await cluster.kubectl(...data)
  const saved = await cluster.kubets('snapshot', 'save', file)
  expect(saved).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^Saved \d+ keys.* to .*monday\.snapshot\.\n$/),
    stderr: '',
  })
  await cluster.kubectl('patch', 'configmap', 'kept', '-p', '{"data":{"key":"after"}}')
  await cluster.kubectl('create', 'configmap', 'younger')
  await expectLimit(cluster)

  // not while it is up, and not over what stands there without a word
  const tooEarly = await cluster.kubets('snapshot', 'restore', file, '--overwrite')
  expect(tooEarly.code).not.toBe(0)
  expect(tooEarly.stderr).toMatch(/is up: run 'kubets down/)
  expect((await cluster.kubets('down')).code).toBe(0)
  expect((await cluster.kubets('snapshot', 'restore', file)).stderr).toMatch(/run it with --overwrite/)
  const restored = await cluster.kubets('snapshot', 'restore', file, '--overwrite', '--bump-revision', '1000')
  expect(restored.code, restored.stderr).toBe(0)
  expect((await cluster.kubets('up', '--detach')).code).toBe(0)
  expect(await cluster.kubectl(...data)).toBe(before)
  expect((await cluster.tryKubectl(['get', 'configmap', 'younger'])).stderr).toMatch(/NotFound/)
  await cluster.kubectl('create', 'configmap', 'since')

  const store = `embedded:${join(cluster.directory, 'store')}`
  const copy = () =>
    execute([process.execPath, main, 'store', 'copy', '--from', store, '--to', `etcd:${etcd.endpoint}`])
  expect((await copy()).stderr).toMatch(/is in use by another process/)
  expect((await cluster.kubets('down')).code).toBe(0)
  const copied = await copy()
  expect(copied.code, copied.stderr).toBe(0)
  await using grown = await upCluster({
    flags: ['--nodes', '0', '--storage', 'etcd', '--etcd-servers', etcd.endpoint],
  })
  expect(await grown.kubectl(...data)).toBe(before)
  await expectLimit(grown)
  expect(await grown.kubectl('get', 'configmap', 'since', '-o', 'name')).toBe('configmap/since\n')
}, 120_000)
