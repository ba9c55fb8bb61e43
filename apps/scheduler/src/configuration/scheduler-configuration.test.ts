import { describe, expect, test } from 'vitest'
import { createProfiles } from '../profiles.ts'
import { defaultConfiguration, parseConfiguration } from './scheduler-configuration.ts'

const header = 'kind: KubeSchedulerConfiguration\napiVersion: kubescheduler.config.k8s.io/v1\n'

test('an empty file means the defaults', async () => {
  expect(await parseConfiguration(header)).toEqual(defaultConfiguration)
})

test('what upstream writes in its documentation is understood', async () => {
  const configuration = await parseConfiguration(`${header}
clientConnection: { kubeconfig: /etc/kubernetes/scheduler.conf, qps: 50 }
leaderElection: { leaderElect: true, leaseDuration: 30s, renewDeadline: 20s }
percentageOfNodesToScore: 50
podMaxBackoffSeconds: 5
profiles:
- schedulerName: default-scheduler
- schedulerName: packed
  plugins:
    multiPoint: { disabled: [{ name: ImageLocality }, { name: DefaultPreemption }] }
    score:
      disabled: [{ name: '*' }]
      enabled: [{ name: NodeResourcesFit, weight: 5 }]
  pluginConfig:
  - name: NodeResourcesFit
    args:
      scoringStrategy: { type: MostAllocated, resources: [{ name: cpu, weight: 2 }] }
`)
  expect(configuration).toMatchObject({
    kubeconfig: '/etc/kubernetes/scheduler.conf',
    percentageOfNodesToScore: 50,
    podMaxBackoff: 5_000,
    leaderElection: { leaseDuration: 30_000, renewDeadline: 20_000, retryPeriod: 2_000 },
  })
  const profiles = createProfiles(configuration, Math.random)
  const packed = profiles.get('packed')
  expect(packed?.preempts).toBe(false)
  expect(packed?.plugins.find(p => p.name === 'ImageLocality')).toBeUndefined()
  expect(packed?.plugins.filter(p => p.score).map(p => [p.name, p.weight])).toEqual([['NodeResourcesFit', 5]])
  expect(
    profiles
      .get('default-scheduler')
      ?.plugins.filter(p => p.score)
      .map(p => [p.name, p.weight]),
  ).toEqual([
    ['TaintToleration', 3],
    ['NodeAffinity', 2],
    ['NodeResourcesFit', 1],
    ['PodTopologySpread', 2],
    ['InterPodAffinity', 2],
    ['NodeResourcesBalancedAllocation', 1],
    ['ImageLocality', 1],
  ])
})

describe('what is wrong is named', () => {
  test.each([
    ['leaderElection: { leaseDuration: soon }', 'leaderElection.leaseDuration must be a duration'],
    ['percentageOfNodesToScore: 101', 'not in valid range [0-100]'],
    ['profiles: {}', 'profiles must be a list'],
    ['profiles: [{ schedulerNam: x }]', 'unknown field "profiles[0].schedulerNam"'],
    ['profiles: [{}, {}]', 'schedulerName must be unique'],
    ['leaderElection: { resourceLock: endpoints }', 'resourceLock value must be "leases"'],
    ['extenders: []', 'unknown field "extenders"'],
  ])('%s', async (text, message) => {
    await expect(parseConfiguration(header + text)).rejects.toThrow(message)
  })
})
