import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node'
import type { ConfigMap } from '@kubets/api-types'
import { createClient, resources, startInformer } from '@kubets/client'
import { kubeconfig } from '@kubets/pki'
import { openEtcdStore, storeTransfer } from '@kubets/storage'
import { startEtcdServer } from '@kubets/storage/etcd-server'
import { expect, onTestFinished, test } from 'vitest'
import { type ControlPlane, startControlPlane } from './control-plane.ts'

const namespace = 'default'
const configMap = (name: string, value: string): ConfigMap =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { value } }) as ConfigMap

const line = (map: ConfigMap | V1ConfigMap) =>
  `${map.metadata?.name}=${map.data?.value} ${map.metadata?.uid} ${map.metadata?.resourceVersion}`

/** What two kinds of informers hold at this moment, beside what a fresh client is told. */
function watchEverything(plane: ControlPlane) {
  const ours = startInformer<ConfigMap, ConfigMap>({
    client: plane.client,
    ref: resources.configMaps,
    project: map => map,
  })
  onTestFinished(() => ours[Symbol.asyncDispose]())
  const config = new KubeConfig()
  const { server, ca, cert, key } = plane.config as { server: string; ca: string; cert: string; key: string }
  config.loadFromString(kubeconfig({ server, ca, user: { name: 'admin', cert, key } }))
  const core = config.makeApiClient(CoreV1Api)
  const theirs = makeInformer<V1ConfigMap>(config, '/api/v1/configmaps', () => core.listConfigMapForAllNamespaces())
  // as its documentation asks of whoever uses it
  let stopped = false
  theirs.on('error', () => void (stopped || setTimeout(() => stopped || theirs.start().catch(() => undefined), 200)))
  onTestFinished(async () => {
    stopped = true
    await theirs.stop()
  })
  return {
    started: Promise.all([ours.synced, theirs.start()]),
    ours: () => [...ours.lister.list()].map(line).sort(),
    theirs: () => theirs.list().map(line).sort(),
    async api() {
      await using fresh = createClient(plane.config)
      return (await fresh.list<ConfigMap>(resources.configMaps)).items.map(line).sort()
    },
  }
}

async function change(plane: ControlPlane): Promise<void> {
  const { client } = plane
  await client.create(resources.configMaps, configMap('created-later', '1'))
  await client.delete(resources.configMaps, { namespace, name: 'deleted-later' })
  await client.patch(resources.configMaps, { namespace, name: 'changed-later' }, 'merge', { data: { value: '2' } })
}

async function begin() {
  const plane = await startControlPlane()
  onTestFinished(() => plane[Symbol.asyncDispose]())
  const folder = await mkdtemp(join(tmpdir(), 'kubets-restore-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const name of ['deleted-later', 'changed-later', 'stays'])
    await plane.client.create(resources.configMaps, configMap(name, '1'))
  const seen = watchEverything(plane)
  await seen.started
  return { plane, folder, seen }
}

const agreed = async (seen: ReturnType<typeof watchEverything>) => {
  const wanted = await seen.api()
  await expect.poll(seen.ours).toEqual(wanted)
  await expect.poll(seen.theirs, { timeout: 25_000 }).toEqual(wanted)
  return wanted
}

test('informers that run while an older snapshot is restored end with what the API has', async () => {
  const { plane, folder, seen } = await begin()
  const { openEmbeddedContents, writeSnapshot, readSnapshot, importEmbeddedStore } = await storeTransfer()
  const file = join(folder, 'snapshot')
  {
    await using contents = await openEmbeddedContents({ directory: plane.storeDirectory })
    await writeSnapshot(contents, file)
  }
  await change(plane)
  const before = await agreed(seen)
  expect(before.map(text => text.split(' ')[0])).toContain('changed-later=2')

  await plane.down()
  {
    await using contents = await readSnapshot(file)
    await importEmbeddedStore(contents, { directory: plane.storeDirectory, overwrite: true, raiseBy: 1_000_000 })
  }
  await plane.up()
  const after = await agreed(seen)
  expect(after.map(text => text.split(' ')[0])).toEqual(
    expect.arrayContaining(['changed-later=1', 'deleted-later=1', 'stays=1']),
  )
  expect(after.join()).not.toContain('created-later')
  // and go on from there
  await change(plane)
  expect((await agreed(seen)).map(text => text.split(' ')[0])).toEqual(
    expect.arrayContaining(['changed-later=2', 'created-later=1', 'stays=1']),
  )
}, 60_000)

test('informers that run while the store moves to etcd, and back, hold what the API has', async () => {
  const { plane, folder, seen } = await begin()
  const { openEmbeddedContents, copyIntoStore, contentsOf, importEmbeddedStore } = await storeTransfer()
  await using etcd = await startEtcdServer()
  const openEtcd = () => openEtcdStore({ endpoints: [etcd.endpoint] })
  await agreed(seen)

  await plane.down()
  {
    await using contents = await openEmbeddedContents({ directory: plane.storeDirectory, exclusive: true })
    await using target = await openEtcd()
    await copyIntoStore(contents, target)
  }
  await plane.up(openEtcd)
  await change(plane)
  const moved = await agreed(seen)
  expect(moved.map(text => text.split(' ')[0])).toEqual(expect.arrayContaining(['changed-later=2', 'created-later=1']))

  await plane.down()
  {
    await using source = await openEtcd()
    await importEmbeddedStore(await contentsOf(source), { directory: join(folder, 'back'), raiseBy: 1_000 })
  }
  await plane.up(async () => (await import('@kubets/storage')).openEmbeddedStore({ directory: join(folder, 'back') }))
  expect(await agreed(seen)).toEqual(moved)
  await plane.client.patch(resources.configMaps, { namespace, name: 'stays' }, 'merge', { data: { value: 'back' } })
  expect((await agreed(seen)).join()).toContain('stays=back')
  await plane.down()
}, 60_000)
