import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { execute, upCluster } from './cluster-harness.ts'
import { leftInKernel } from './left-in-kernel.ts'

const main = join(import.meta.dirname, '../../apps/kubets/src/main.ts')

test('reset ends a cluster whose folder was deleted by hand, and leaves nothing of it', async () => {
  await using cluster = await upCluster({ flags: ['--nodes', '1'] })
  const { id } = JSON.parse(await readFile(join(cluster.directory, 'cluster.json'), 'utf8')) as { id: string }
  const supervisor = (await cluster.processes()).supervisor?.pid ?? 0
  // its services may write there meanwhile
  await rm(cluster.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })

  // whoever asks for another one is told, and nothing happens
  const other = await execute([process.execPath, main, 'reset', '--dir', `${cluster.directory}-other`])
  expect(other.code).toBe(2)
  expect(other.stdout).toContain(`'kubets reset --dir ${cluster.directory}' ends it`)

  // fails when it has ended
  process.kill(supervisor, 'SIGKILL')
  const reset = await cluster.kubets('reset')
  expect(reset.stderr).toBe('')
  expect(reset.stdout).toMatch(/was gone: cleared what its cluster had left \(\d+ processes, \d+ mounts, its network\)/)
  expect(reset.code).toBe(0)
  expect(await leftInKernel(cluster.directory, id)).toBe('')
  // the ranges that it held are free again
  const ranges = await execute(['sh', '-c', `grep -l ${id} /run/kubets/ranges/* 2>/dev/null; true`])
  expect(ranges.stdout).toBe('')
  expect((await cluster.kubets('reset')).code).toBe(2)
}, 120_000)
