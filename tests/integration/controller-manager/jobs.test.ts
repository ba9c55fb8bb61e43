import type { Event, Job, Pod } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from './managed-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startManagedPlane()
})
afterAll(() => plane[Symbol.asyncDispose]())

const create = (name: string, more: object) =>
  plane.client.create<Job>(resources.jobs, {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: 'default' },
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } },
      ...more,
    },
  } as unknown as Job)
const get = (name: string) => plane.client.get<Job>(resources.jobs, { namespace: 'default', name })
const podsOf = async (name: string) =>
  (
    await plane.client.list<Pod>(resources.pods, { namespace: 'default', labelSelector: `job-name=${name}` })
  ).items.filter(({ metadata }) => !metadata?.deletionTimestamp)
const running = async (name: string) =>
  (await podsOf(name)).filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed')
const conditions = async (name: string) =>
  ((await get(name)).status?.conditions ?? []).map(({ type, status, reason }) => `${type} ${status} ${reason}`)

/** What a kubelet would say of a pod whose container ended. */
async function end({ metadata }: Pod, exitCode: number): Promise<void> {
  const terminated = { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error', finishedAt: new Date().toISOString() }
  const status = {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [
      { name: 'c', image: 'busybox', imageID: '', ready: false, restartCount: 0, state: { terminated } },
    ],
  }
  const key = { namespace: 'default', name: metadata?.name ?? '' }
  await plane.client.patch(resources.pods, key, 'merge', { status }, { subresource: 'status' })
}

test('pods run two at a time until three have succeeded; each end is counted once and held no longer', async () => {
  await create('three', { completions: 3, parallelism: 2 })
  await expect.poll(async () => (await running('three')).length).toBe(2)
  const [first] = await podsOf('three')
  expect(first?.metadata?.finalizers).toContain('batch.kubernetes.io/job-tracking')
  for (let done = 0; done < 3; done++) {
    await expect.poll(async () => (await running('three')).length).toBeGreaterThan(0)
    const [next] = await running('three')
    await end(next as Pod, 0)
    await expect.poll(async () => (await get('three')).status?.succeeded).toBe(done + 1)
  }
  await expect
    .poll(() => conditions('three'))
    .toEqual(['SuccessCriteriaMet True CompletionsReached', 'Complete True CompletionsReached'])
  const { status } = await get('three')
  expect(status?.completionTime).toBeTruthy()
  expect(status?.failed ?? 0).toBe(0)
  const pods = await podsOf('three')
  expect(pods.length).toBe(3)
  for (const pod of pods) expect(pod.metadata?.finalizers ?? []).toEqual([])
  const reasons = async () =>
    (
      await plane.client.list<Event>(resources.events, {
        namespace: 'default',
        fieldSelector: 'involvedObject.name=three',
      })
    ).items.map(({ reason }) => reason)
  await expect.poll(reasons).toContain('Completed')
})

test('a Job fails when its pods have failed too often', async () => {
  await create('failing', { backoffLimit: 0 })
  await expect.poll(async () => (await running('failing')).length).toBe(1)
  const [pod] = await podsOf('failing')
  await end(pod as Pod, 1)
  await expect
    .poll(() => conditions('failing'))
    .toEqual(['FailureTarget True BackoffLimitExceeded', 'Failed True BackoffLimitExceeded'])
  expect((await get('failing')).status).toMatchObject({ failed: 1 })
})

test('an indexed Job gives each pod its number and knows which are done', async () => {
  await create('indexed', { completions: 3, parallelism: 3, completionMode: 'Indexed' })
  await expect.poll(async () => (await running('indexed')).length).toBe(3)
  const pods = await podsOf('indexed')
  const byIndex = new Map(
    pods.map(pod => [pod.metadata?.annotations?.['batch.kubernetes.io/job-completion-index'] ?? '', pod]),
  )
  expect([...byIndex.keys()].sort()).toEqual(['0', '1', '2'])
  expect(byIndex.get('1')?.spec?.hostname).toBe('indexed-1')
  await end(byIndex.get('0') as Pod, 0)
  await end(byIndex.get('2') as Pod, 0)
  await expect.poll(async () => (await get('indexed')).status?.completedIndexes).toBe('0,2')
  await end(byIndex.get('1') as Pod, 0)
  await expect.poll(async () => (await get('indexed')).status?.completedIndexes).toBe('0-2')
  await expect.poll(() => conditions('indexed')).toContain('Complete True CompletionsReached')
})

test('a failure policy ends the Job at the first pod that fails that way', async () => {
  const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }]
  await create('policy', { backoffLimit: 6, podFailurePolicy: { rules } })
  await expect.poll(async () => (await running('policy')).length).toBe(1)
  const [pod] = await podsOf('policy')
  await end(pod as Pod, 42)
  await expect.poll(() => conditions('policy')).toContain('Failed True PodFailurePolicy')
  const message = (await get('policy')).status?.conditions?.[0]?.message
  expect(message).toBe(
    `Container c for pod default/${pod?.metadata?.name} failed with exit code 42 matching FailJob rule at index 0`,
  )
})

test('a suspended Job has no pods, and starts anew when it is resumed', async () => {
  await create('suspended', { suspend: true })
  await expect.poll(() => conditions('suspended')).toEqual(['Suspended True JobSuspended'])
  expect(await podsOf('suspended')).toEqual([])
  await plane.client.patch(resources.jobs, { namespace: 'default', name: 'suspended' }, 'merge', {
    spec: { suspend: false },
  })
  await expect.poll(async () => (await running('suspended')).length).toBe(1)
  await expect.poll(() => conditions('suspended')).toEqual(['Suspended False JobResumed'])
  await plane.client.patch(resources.jobs, { namespace: 'default', name: 'suspended' }, 'merge', {
    spec: { suspend: true },
  })
  await expect.poll(async () => (await running('suspended')).length).toBe(0)
})

test('a Job that ended goes with its pods when its seconds are over', async () => {
  await create('brief', { ttlSecondsAfterFinished: 0 })
  await expect.poll(async () => (await running('brief')).length).toBe(1)
  const [pod] = await podsOf('brief')
  await end(pod as Pod, 0)
  await expect
    .poll(() =>
      get('brief').then(
        () => 'there',
        error => error.reason,
      ),
    )
    .toBe('NotFound')
  expect(await podsOf('brief')).toEqual([])
})
