import type { CronJob, Event, Job } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlPlane } from '../control-plane.ts'
import { startManagedPlane } from './managed-plane.ts'

let plane: ControlPlane
beforeAll(async () => {
  plane = await startManagedPlane()
})
afterAll(() => plane[Symbol.asyncDispose]())

test('a CronJob makes a Job when one is due, and knows that it runs; a suspended one makes none', async () => {
  const { client } = plane
  const cronJob = (name: string, more: object = {}) =>
    client.create<CronJob>(resources.cronJobs, {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name, namespace: 'default' },
      spec: {
        schedule: '@every 1s',
        concurrencyPolicy: 'Forbid',
        jobTemplate: {
          spec: {
            template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } },
          },
        },
        ...more,
      },
    } as unknown as CronJob)
  await cronJob('off', { suspend: true })
  const { metadata } = await cronJob('tick')
  const jobs = async () => (await client.list<Job>(resources.jobs, { namespace: 'default' })).items
  await expect.poll(async () => (await jobs()).length).toBe(1)
  const [job] = await jobs()
  expect(job?.metadata?.name).toMatch(/^tick-\d+$/)
  expect(job?.metadata?.ownerReferences).toMatchObject([{ kind: 'CronJob', uid: metadata?.uid, controller: true }])
  const active = async () =>
    (await client.get<CronJob>(resources.cronJobs, { namespace: 'default', name: 'tick' })).status?.active
  await expect.poll(active).toMatchObject([{ kind: 'Job', name: job?.metadata?.name, uid: job?.metadata?.uid }])
  const reasons = async () =>
    (
      await client.list<Event>(resources.events, { namespace: 'default', fieldSelector: 'involvedObject.name=tick' })
    ).items.map(({ reason }) => reason)
  await expect.poll(reasons).toContain('SuccessfulCreate')
  expect((await jobs()).length).toBe(1)
})
