import { lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Secret, ServiceAccount } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { systemClock } from '@kubets/component'
import { expect, test } from 'vitest'
import { testNode } from './test-node.ts'

const namespace = 'default'
const poll = <T>(look: () => Promise<T> | T) => expect.poll(look, { timeout: 15_000, interval: 20 })
const mounted = (volumes: readonly { name: string }[]) => [
  { name: 'c', image: 'busybox:1.36', volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/${name}` })) },
]

test('every volume of files changes all at once: by the turn of one link', async () => {
  await using node = await testNode()
  const { client } = node
  const metadata = { name: 'source', namespace }
  await client.create(resources.configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { a: '1', b: '1' },
  } as never)
  const stringData = { a: '1', b: '1' }
  await client.create<Secret>(resources.secrets, { apiVersion: 'v1', kind: 'Secret', metadata, stringData } as Secret)
  const labels = (path: string) => ({ path, fieldRef: { fieldPath: `metadata.labels['${path}']` } })
  const volumes = [
    { name: 'cm', configMap: { name: 'source' } },
    { name: 'secret', secret: { secretName: 'source' } },
    { name: 'labels', downwardAPI: { items: [labels('a'), labels('b')] } },
    {
      name: 'all',
      projected: {
        sources: [
          { configMap: { name: 'source', items: [{ key: 'a', path: 'a' }] } },
          { secret: { name: 'source', items: [{ key: 'b', path: 'b' }] } },
        ],
      },
    },
  ]
  await node.createPod('files', { volumes, containers: mounted(volumes) }, { labels: { a: '1', b: '1' } })
  await poll(async () => (await node.pod('files')).status?.phase).toBe('Running')
  const uid = (await node.pod('files')).metadata?.uid ?? ''
  const folder = (plugin: string, name: string) =>
    join(node.directory, 'kubelet/pods', uid, 'volumes', `kubernetes.io~${plugin}`, name)
  const folders = [
    folder('configmap', 'cm'),
    folder('secret', 'secret'),
    folder('downward-api', 'labels'),
    folder('projected', 'all'),
  ]
  const read = (at: string) => Promise.all(['a', 'b'].map(name => readFile(join(at, name), 'utf8')))
  const links = () => Promise.all(folders.map(at => readlink(join(at, '..data'))))
  for (const at of folders) {
    expect(await read(at)).toEqual(['1', '1'])
    for (const name of ['a', 'b']) {
      expect((await lstat(join(at, name))).isSymbolicLink()).toBe(true)
      expect(await readlink(join(at, name))).toBe(`..data/${name}`)
    }
  }
  const before = await links()
  const data = { a: '2', b: '2' }
  await client.patch(resources.configMaps, metadata, 'merge', { data })
  await client.patch(resources.secrets, metadata, 'merge', { stringData: data })
  await client.patch(resources.pods, { name: 'files', namespace }, 'merge', { metadata: { labels: data } })
  for (const at of folders)
    await expect.poll(() => read(at).then(r => [at, ...r]), { timeout: 5000 }).toEqual([at, '2', '2'])
  const after = await links()
  expect(after.every((link, i) => link !== before[i])).toBe(true)
  // what was before is gone with its link
  for (const [i, at] of folders.entries()) await expect(lstat(join(at, before[i] ?? ''))).rejects.toThrow('ENOENT')
})

test('a projected token is another one in the file before it expires', async () => {
  let ahead = 0
  const clock = { now: () => Date.now() + ahead, after: systemClock.after }
  await using node = await testNode({ clock })
  await node.client.create<ServiceAccount>(resources.serviceAccounts, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace },
  })
  const volumes = [
    { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 600 } }] } },
  ]
  await node.createPod('speaker', { serviceAccountName: 'default', volumes, containers: mounted(volumes) })
  await poll(async () => (await node.pod('speaker')).status?.phase).toBe('Running')
  const uid = (await node.pod('speaker')).metadata?.uid ?? ''
  const file = join(node.directory, 'kubelet/pods', uid, 'volumes/kubernetes.io~projected/token/token')
  const claims = async () =>
    JSON.parse(Buffer.from((await readFile(file, 'utf8')).split('.')[1] ?? '', 'base64url').toString())
  const first = await claims()
  expect(first.exp - first.iat).toBe(600)
  expect(first['kubernetes.io'].pod).toEqual({ name: 'speaker', uid })
  // four fifths of its life later; the server's clock stays, so its end is not what makes it new
  ahead = 481_000
  await node.client.patch(resources.pods, { name: 'speaker', namespace }, 'merge', {
    metadata: { labels: { look: 'now' } },
  })
  await poll(async () => (await claims()).jti).not.toBe(first.jti)
})
