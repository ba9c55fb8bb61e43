import { join } from 'node:path'
import type { ConfigMap, Deployment, Job, Pod, Role, RoleBinding, Secret, Service } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ClientCluster, startClientCluster } from './client-cluster.ts'

// Helm 4 applies on the server's side and waits with kstatus over watches. The life of one release, step by step.

const chart = join(import.meta.dirname, 'chart')
const rbac = (kind: string) => {
  const resource = `${kind.toLowerCase()}s`
  return { group: 'rbac.authorization.k8s.io', version: 'v1', resource, kind, namespaced: true }
}
const greeter = { namespace: 'town', name: 'greeter' }

// many processes each: a busy machine takes its time
vi.setConfig({ testTimeout: 90_000 })

let cluster: ClientCluster
beforeAll(async () => {
  cluster = await startClientCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const helm = (...args: string[]) => cluster.helm('--namespace', 'town', ...args)
const json = async (...args: string[]) => JSON.parse(await helm(...args, '--output', 'json')) as unknown
const waiting = ['--wait', '--timeout', '50s']

/** What the release has in the cluster now. */
async function standing() {
  const { client } = cluster
  const [deployment, config, pods] = await Promise.all([
    client.get<Deployment>(resources.deployments, greeter),
    client.get<ConfigMap>(resources.configMaps, greeter),
    client.list<Pod>(resources.pods, { namespace: 'town', labelSelector: 'app.kubernetes.io/instance=greeter' }),
  ])
  const { status, spec } = deployment
  return {
    greeting: config.data?.greeting,
    wanted: spec?.replicas,
    ready: status?.readyReplicas,
    updated: status?.updatedReplicas,
    running: pods.items.filter(pod => pod.status?.phase === 'Running' && !pod.metadata?.deletionTimestamp).length,
  }
}

test('installs a chart with its hook, waits for it, and renders what the server says', async () => {
  const said = await helm('install', 'greeter', chart, '--create-namespace', ...waiting)
  expect(said).toMatch(/^STATUS: deployed\nREVISION: 1\nDESCRIPTION: Install complete$/m)
  expect(said).toContain('greeter says hello (revision 1) on Kubernetes v1.36.0+kubets.\nDeployments are served.\n')
  expect(await standing()).toEqual({ greeting: 'hello', wanted: 1, ready: 1, updated: 1, running: 1 })

  const { client } = cluster
  const migrate = await client.get<Job>(resources.jobs, { namespace: 'town', name: 'greeter-migrate' })
  expect(migrate.status).toMatchObject({ succeeded: 1 })
  const [service, role, binding, config] = await Promise.all([
    client.get<Service>(resources.services, greeter),
    client.get<Role>(rbac('Role'), greeter),
    client.get<RoleBinding>(rbac('RoleBinding'), greeter),
    client.get<ConfigMap>(resources.configMaps, greeter),
  ])
  expect(service.spec?.clusterIP).toMatch(/^10\.96\./)
  expect(role.rules).toEqual([
    { apiGroups: [''], resources: ['configmaps'], resourceNames: ['greeter'], verbs: ['get', 'watch'] },
  ])
  expect(binding.roleRef.name).toBe('greeter')
  expect(config.metadata).toMatchObject({
    annotations: { 'meta.helm.sh/release-name': 'greeter', 'meta.helm.sh/release-namespace': 'town' },
    managedFields: [{ manager: 'helm', operation: 'Apply' }],
  })
})

test('lists releases, which are Secrets', async () => {
  expect(await json('list')).toMatchObject([{ name: 'greeter', namespace: 'town', revision: '1', status: 'deployed' }])
  const { items } = await cluster.client.list<Secret>(resources.secrets, {
    namespace: 'town',
    fieldSelector: 'type=helm.sh/release.v1',
    labelSelector: 'owner=helm,status in (deployed,superseded)',
  })
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(['sh.helm.release.v1.greeter.v1'])
})

test('runs the tests of a chart', async () => {
  expect(await helm('test', 'greeter', '--timeout', '50s')).toMatch(/^Phase: +Succeeded$/m)
  const gone = cluster.client.get<Pod>(resources.pods, { namespace: 'town', name: 'greeter-greets' })
  await expect(gone).rejects.toMatchObject({ code: 404 })
})

test('shows on the server what it would do, without doing it', async () => {
  const [rendered, dry, invalid, clash] = await Promise.all([
    helm('template', 'other', chart, '--validate'),
    helm('upgrade', 'greeter', chart, '--set', 'replicas=7', '--dry-run=server'),
    cluster.helm.attempt(['install', 'Bad', chart, '--namespace', 'town', '--dry-run=server']),
    cluster.helm.attempt([
      'install',
      'broken',
      chart,
      '--namespace',
      'town',
      '--set',
      'image=',
      '--rollback-on-failure',
      '--timeout',
      '50s',
    ]),
  ])
  const kinds = rendered
    .match(/(?<=^kind: ).*/gm)
    ?.sort()
    .join()
  expect(kinds).toBe('ConfigMap,Deployment,Job,Pod,Role,RoleBinding,Service,ServiceAccount')
  expect(dry).toMatch(/^DESCRIPTION: Dry run complete$/m)
  expect(dry).toContain('replicas: 7')
  expect(invalid.stderr).toContain('invalid release name')
  expect(clash.code).toBe(1)
  expect(clash.stderr).toContain(
    'Job.batch "broken-migrate" is invalid: spec.template.spec.containers[0].image: Required value',
  )
  expect((await standing()).wanted).toBe(1)
})

test('upgrades with other values', async () => {
  const said = await helm('upgrade', 'greeter', chart, '--set', 'replicas=3,greeting=good day', ...waiting)
  expect(said).toContain('greeter says good day (revision 2)')
  expect(said).toContain('Namespace town is Active.')
  expect(await standing()).toMatchObject({ greeting: 'good day', wanted: 3, ready: 3, updated: 3 })
  const manifest = await helm('get', 'manifest', 'greeter')
  expect(manifest).toContain('greeting: "good day"')
  expect(await json('get', 'values', 'greeter')).toEqual({ greeting: 'good day', replicas: 3 })
})

test('rolls back, and remembers', async () => {
  expect(await helm('rollback', 'greeter', '1', ...waiting)).toContain('Rollback was a success')
  expect(await standing()).toMatchObject({ greeting: 'hello', wanted: 1, ready: 1, updated: 1 })
  expect(await json('history', 'greeter')).toMatchObject([
    { revision: 1, status: 'superseded', description: 'Install complete' },
    { revision: 2, status: 'superseded', description: 'Upgrade complete' },
    { revision: 3, status: 'deployed', description: 'Rollback to 1' },
  ])
})

test('uninstalls, and waits until all is gone', async () => {
  expect(await helm('uninstall', 'greeter', ...waiting)).toBe('release "greeter" uninstalled\n')
  // hooks are nobody's: Helm leaves them
  const left = await cluster.kubectl('get', 'all,cm,secret,sa,role,rolebinding', '-n', 'town', '-o', 'name')
  expect(left.trim().split('\n')).toEqual([
    expect.stringMatching(/^pod\/greeter-migrate-/),
    'job.batch/greeter-migrate',
    'configmap/kube-root-ca.crt',
    'serviceaccount/default',
  ])
  expect(await json('list')).toEqual([])
})
