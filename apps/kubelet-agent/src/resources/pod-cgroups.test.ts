import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { container, pod } from '../testing/pods.ts'
import { openPodCgroups } from './pod-cgroups.ts'

// an ordinary folder stands for the cgroup file system: which folders are made and what is written into them is what matters
let mount: string
beforeEach(async () => {
  mount = await mkdtemp(join(tmpdir(), 'cgroups-'))
})
afterEach(() => rm(mount, { recursive: true, force: true }))

const limited = pod({
  containers: [
    container('c', { resources: { requests: { cpu: '100m' }, limits: { cpu: '1', memory: '64Mi' } } } as never),
  ],
})

test('on cgroup v1 a pod has its limits in each controller, and leaves nothing behind', async () => {
  for (const tree of ['cpu', 'memory', 'pids', 'unified']) await mkdir(join(mount, tree))
  const cgroups = await openPodCgroups('/kubets/x/node-1', mount)
  const parent = '/kubets/x/node-1/kubepods/burstable/poduid-1'
  expect(cgroups.parent(limited)).toBe(parent)
  await cgroups.create(limited)
  expect(await readFile(join(mount, 'cpu', parent, 'cpu.shares'), 'utf8')).toBe('102')
  expect(await readFile(join(mount, 'cpu', parent, 'cpu.cfs_quota_us'), 'utf8')).toBe('100000')
  expect(await readFile(join(mount, 'memory', parent, 'memory.limit_in_bytes'), 'utf8')).toBe(String(64 * 2 ** 20))
  // in the real one a cgroup's files go with it
  for (const file of ['cpu/#/cpu.shares', 'cpu/#/cpu.cfs_quota_us', 'memory/#/memory.limit_in_bytes'])
    await rm(join(mount, file.replace('#', parent)))
  await mkdir(join(mount, 'unified', parent, 'container'), { recursive: true }) // the runtime's
  await cgroups.remove(limited)
  for (const tree of ['cpu', 'memory', 'unified'])
    expect(await readdir(join(mount, tree, 'kubets/x/node-1/kubepods/burstable'))).toEqual([])
})

test('on cgroup v2 there is one folder', async () => {
  await writeFile(join(mount, 'cgroup.controllers'), 'cpu memory')
  const cgroups = await openPodCgroups('/', mount)
  await cgroups.create(limited)
  const folder = join(mount, 'kubepods/burstable/poduid-1')
  expect(await readFile(join(mount, 'kubepods/burstable/cgroup.subtree_control'), 'utf8')).toBe('+cpu +memory +pids')
  expect(await readFile(join(folder, 'cpu.max'), 'utf8')).toBe('100000 100000')
  expect(await readFile(join(folder, 'cpu.weight'), 'utf8')).toBe('4')
  expect(await readFile(join(folder, 'memory.max'), 'utf8')).toBe(String(64 * 2 ** 20))
})

test('Guaranteed pods stand beside the two classes', async () => {
  const cgroups = await openPodCgroups('/', mount)
  const one = container('c', { resources: { limits: { cpu: '1', memory: '1Gi' } } } as never)
  expect(cgroups.parent(pod({ containers: [one] }))).toBe('/kubepods/poduid-1')
  expect(cgroups.parent(pod({}))).toBe('/kubepods/besteffort/poduid-1')
})
