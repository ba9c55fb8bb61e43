import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pod } from '../testing/pods.ts'
import { writeAtomically } from './atomic-writer.ts'
import { prepareHostPath } from './host-path.ts'
import { prepareVolumes } from './pod-volumes.ts'
import { resolveSubPath } from './sub-path.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'volumes-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const payload = (files: Record<string, string>, mode = 0o644) =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]))

test('files change all at once, and old ones go', async () => {
  expect(await writeAtomically(dir, payload({ a: '1', 'sub/b': '2' }), undefined, 0)).toBe(true)
  const first = await readlink(join(dir, '..data'))
  expect(await readlink(join(dir, 'a'))).toBe('..data/a')
  expect(await readFile(join(dir, 'sub/b'), 'utf8')).toBe('2')
  expect(await writeAtomically(dir, payload({ a: '3', c: '4' }), undefined, 1_000)).toBe(true)
  expect(await readFile(join(dir, 'a'), 'utf8')).toBe('3')
  expect((await readdir(dir)).sort()).toEqual(['..data', await readlink(join(dir, '..data')), 'a', 'c'].sort())
  expect(await readlink(join(dir, '..data'))).not.toBe(first)
})

test('nothing is written when nothing has changed', async () => {
  await writeAtomically(dir, payload({ a: '1' }), undefined, 0)
  const before = await readlink(join(dir, '..data'))
  expect(await writeAtomically(dir, payload({ a: '1' }), undefined, 5_000)).toBe(false)
  expect(await readlink(join(dir, '..data'))).toBe(before)
  expect(await writeAtomically(dir, payload({ a: '1' }, 0o400), undefined, 6_000)).toBe(true)
  expect((await stat(join(dir, 'a'))).mode & 0o777).toBe(0o400)
})

test("a link left by a crash is in nobody's way", async () => {
  await symlink('nowhere', join(dir, '..data_tmp'))
  await writeAtomically(dir, payload({ a: '1' }), undefined, 0)
  expect(await readFile(join(dir, 'a'), 'utf8')).toBe('1')
})

test.each(['../x', '/etc', 'a/../../b'])('a subPath %s is refused', async subPath => {
  await expect(resolveSubPath(dir, subPath, 'c')).rejects.toThrow('it must be a relative path without ".."')
})

test('a subPath is made, and a link that leads out of the volume is refused', async () => {
  const volume = join(dir, 'volume')
  await mkdir(volume)
  const made = await resolveSubPath(volume, 'a/b', 'c')
  expect(made.endsWith('volume/a/b')).toBe(true)
  await symlink(dir, join(volume, 'out'))
  await expect(resolveSubPath(volume, 'out/x', 'c')).rejects.toThrow('it leads out of the volume')
  await symlink('a', join(volume, 'in'))
  expect((await resolveSubPath(volume, 'in/b', 'c')).endsWith('volume/a/b')).toBe(true)
})

test('a hostPath is checked by its type', async () => {
  await writeFile(join(dir, 'file'), '')
  await expect(prepareHostPath(join(dir, 'file'), 'Directory')).rejects.toThrow(
    /hostPath type check failed: .*file is not a directory/,
  )
  await expect(prepareHostPath(join(dir, 'none'), 'File')).rejects.toThrow(/is not a file/)
  await prepareHostPath(join(dir, 'new'), 'DirectoryOrCreate')
  expect((await stat(join(dir, 'new'))).isDirectory()).toBe(true)
})

// a node's kubelet runs as root; elsewhere files stay their writer's
const asRoot = process.getuid?.() === 0
const tokenVolume = {
  name: 'access',
  projected: {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
}
const user = (runAsUser: number) => ({ name: `c${runAsUser}`, image: 'i', securityContext: { runAsUser } })

// by upstream's rule: https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/2451-service-account-token-volumes
test.each([
  ['nobody says who reads it', {}, [0o644, 0, 0], [0o644, 0, 0]],
  [
    'all containers run as one user',
    { containers: [user(1000), { ...user(1000), name: 'd' }] },
    [0o600, 1000, 0],
    [0o644, 0, 0],
  ],
  ["the pod's user", { securityContext: { runAsUser: 1001 } }, [0o600, 1001, 0], [0o644, 0, 0]],
  ['users differ', { containers: [user(1000), user(1001)] }, [0o644, 0, 0], [0o644, 0, 0]],
  [
    'an init container runs as root',
    { initContainers: [user(0)], containers: [user(1000)] },
    [0o644, 0, 0],
    [0o644, 0, 0],
  ],
  ['an fsGroup', { securityContext: { fsGroup: 2000 } }, [0o640, 0, 2000], [0o644, 0, 2000]],
  [
    'an fsGroup and a user',
    { securityContext: { fsGroup: 2000, runAsUser: 1000 } },
    [0o640, 1000, 2000],
    [0o644, 0, 2000],
  ],
] as const)("the token's mode and owner when %s", async (_, spec, token, ca) => {
  const sources = {
    configMap: async () => ({ data: { 'ca.crt': 'PEM' } }),
    secret: async () => undefined,
    token: async () => 'secret-token',
    allocatable: {},
  }
  const prepared = await prepareVolumes(pod({ ...spec, volumes: [tokenVolume] }), sources as never, {
    rootDir: dir,
    mounter: {} as never,
    now: () => 0,
  })
  const { path } = prepared.get('access') as { path: string }
  const facts = async (name: string) => {
    const { mode, uid, gid } = await stat(join(path, name))
    return asRoot ? [mode & 0o7777, uid, gid] : [mode & 0o7777]
  }
  expect(await readFile(join(path, 'token'), 'utf8')).toBe('secret-token')
  expect(await readFile(join(path, 'namespace'), 'utf8')).toBe('default')
  expect(await facts('token')).toEqual(asRoot ? token : token.slice(0, 1))
  expect(await facts('ca.crt')).toEqual(asRoot ? ca : ca.slice(0, 1))
})
