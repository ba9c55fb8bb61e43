import { silentLogger } from '@kubets/component'
import { expect, test } from 'vitest'
import { ServerResources } from './server-resources.ts'

const resource = (name: string, kind: string, verbs = ['list']) => ({
  resource: name,
  responseKind: { kind },
  scope: 'Namespaced',
  verbs,
})

test('the first version that has a resource is the preferred one; what does not answer stays as it was known', async () => {
  let stale = false
  const groups = () => [
    {
      metadata: { name: 'batch' },
      versions: [
        { version: 'v1', resources: [resource('jobs', 'Job')] },
        { version: 'v1beta1', resources: [resource('jobs', 'Job'), resource('cronjobs', 'CronJob')] },
      ],
    },
    {
      metadata: { name: 'example.com' },
      versions: [
        stale ? { version: 'v1', freshness: 'Stale' } : { version: 'v1', resources: [resource('things', 'Thing')] },
      ],
    },
  ]
  const client = {
    raw: async (_: string, path: string) => ({
      status: 200,
      body: Buffer.from(JSON.stringify({ items: path === '/apis' ? groups() : [] })),
    }),
  }
  const resources = new ServerResources(client, silentLogger())
  const { resources: found } = await resources.refresh()
  expect(found.map(({ version, resource, preferred }) => `${version} ${resource} ${preferred}`)).toEqual([
    'v1 jobs true',
    'v1beta1 jobs false',
    'v1beta1 cronjobs true',
    'v1 things true',
  ])
  expect(resources.byKind('batch/v1beta1', 'CronJob')?.resource).toBe('cronjobs')
  stale = true
  expect((await resources.refresh()).failed).toEqual(['example.com/v1'])
  expect(resources.byKind('example.com/v1', 'Thing')?.resource).toBe('things')
})
