import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Deployment, Pod, ReplicaSet } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ClientCluster, startClientCluster } from './client-cluster.ts'

// What people change with kubectl, beyond create, apply, patch and delete: the server's answers decide how it goes on.

// many processes each: a busy machine takes its time
vi.setConfig({ testTimeout: 90_000 })

let cluster: ClientCluster
beforeAll(async () => {
  cluster = await startClientCluster()
})
afterAll(() => cluster?.[Symbol.asyncDispose]())

const kubectl = (line: string) => cluster.kubectl(...line.split(' '))
const deployment = (name: string) =>
  cluster.client.get<Deployment>(resources.deployments, { namespace: 'default', name })
/** Its editor is a stream edit: what a person would type. */
const edit = (what: string, expression: string) =>
  cluster.kubectl.attempt(['edit', ...what.split(' ')], { env: { EDITOR: `sed -i '/^#/!${expression}'` } })

test('shows by diff what an apply would change, as the client and as the server merges', async () => {
  await kubectl('create deployment diffed --image=busybox:1.35 --replicas=0')
  // the file names the revision that it was read at: its controller must be done
  await kubectl('wait deployment/diffed --for=jsonpath={.status.observedGeneration}=1 --timeout=60s')
  const file = join(cluster.directory, 'diffed.yaml')
  const now = await kubectl('get deployment diffed -o yaml')
  await writeFile(file, now.replace(/^ {2}replicas: 0$/m, '  replicas: 1'))
  const [client, server] = await Promise.all([
    cluster.kubectl.attempt(['diff', '-f', file]),
    cluster.kubectl.attempt(['diff', '--server-side', '--force-conflicts', '-f', file]),
  ])
  for (const { code, stdout, stderr } of [client, server]) {
    expect(code, stderr).toBe(1)
    expect(stdout.match(/^[+-] .*$/gm)?.map(line => line.replace(/\s+/, ''))).toEqual([
      '-generation: 1',
      '+generation: 2',
      '-replicas: 0',
      '+replicas: 1',
    ])
  }
  await writeFile(file, now)
  expect((await cluster.kubectl.attempt(['diff', '-f', file])).code).toBe(0)
  expect((await deployment('diffed')).spec?.replicas).toBe(0)
})

test('edits in an editor; what is invalid comes back with the reason', async () => {
  await kubectl('create deployment edited --image=busybox:1.35 --replicas=0')
  const edited = await edit('deployment edited', 's/busybox:1.35/busybox:1.35.0/')
  expect(edited).toMatchObject({ code: 0, stdout: 'deployment.apps/edited edited\n' })
  expect((await deployment('edited')).spec?.template.spec?.containers[0]?.image).toBe('busybox:1.35.0')
  expect((await edit('deployment edited', 's/nothing/x/')).stderr).toContain('Edit cancelled, no changes made.')

  const invalid = await edit('deployment edited', 's/revisionHistoryLimit:.*/revisionHistoryLimit: -1/')
  expect(invalid.code).toBe(1)
  expect(invalid.stderr).toContain('deployments.apps "edited" is invalid')
  const copy = /stored to "(.*)"/.exec(invalid.stderr)?.[1] ?? ''
  expect(await readFile(copy, 'utf8')).toContain('spec.revisionHistoryLimit: Invalid value: -1')
  const status = await edit('node node-1 --subresource=status', 's/pods:.*/pods: "111"/')
  expect(status).toMatchObject({ code: 0, stdout: 'node/node-1 edited\n' })
})

test('sets parts of a pod template, and pauses, resumes, restarts and undoes its rollout', async () => {
  await kubectl('create deployment web --image=busybox:1.35 --replicas=2')
  await kubectl('rollout pause deployment/web')
  await kubectl('set env deployment/web A=b')
  await kubectl('set resources deployment/web --limits=cpu=100m,memory=1Mi')
  await kubectl('set serviceaccount deployment/web default')
  await kubectl('rollout restart deployment/web').then(
    () => expect.unreachable(),
    (error: Error) => expect(error.message).toContain("can't restart paused deployment"),
  )
  await kubectl('rollout resume deployment/web')
  expect(await kubectl('rollout status deployment/web --timeout=50s')).toContain('successfully rolled out')
  const { items } = await cluster.client.list<Pod>(resources.pods, {
    namespace: 'default',
    labelSelector: 'app=web',
  })
  const now = items.filter(({ metadata }) => !metadata?.deletionTimestamp)
  expect(now.map(pod => pod.spec?.containers[0])).toMatchObject(
    Array(2).fill({ env: [{ name: 'A', value: 'b' }], resources: { limits: { cpu: '100m', memory: '1Mi' } } }),
  )
  await kubectl('rollout undo deployment/web --to-revision=1')
  await kubectl('wait --for=condition=Available deployment/web --timeout=50s')
  await kubectl('wait --for=jsonpath={.status.updatedReplicas}=2 deployment/web --timeout=50s')
  expect((await deployment('web')).spec?.template.spec?.containers[0]?.env).toBeUndefined()
})

test('deletes and leaves, or takes along, what an object owns', async () => {
  const sets = async () =>
    (await cluster.client.list<ReplicaSet>(resources.replicaSets, { namespace: 'default', labelSelector: 'app=web' }))
      .items
  await kubectl('delete deployment web --cascade=orphan')
  const orphans = await sets()
  expect(orphans.length).toBeGreaterThan(1)
  expect(orphans.every(({ metadata }) => metadata?.ownerReferences === undefined)).toBe(true)
  await kubectl('delete replicasets -l app=web --cascade=foreground --wait')
  expect(await sets()).toEqual([])
  expect(await kubectl('get pods -l app=web -o name')).toBe('')
})

test('cordons, drains and taints a node', async () => {
  await kubectl('create deployment drained --image=busybox:1.35')
  await kubectl('rollout status deployment/drained --timeout=50s')
  const drained = await kubectl('drain node-1 --force --grace-period=0 --disable-eviction=false')
  expect(drained).toMatch(/^pod\/drained-\S+ evicted$/m)
  expect(await kubectl('get node node-1 --no-headers')).toMatch(/^node-1 +Ready,SchedulingDisabled /)
  expect(await kubectl('uncordon node-1')).toBe('node/node-1 uncordoned\n')
  await kubectl('taint node node-1 a=b:NoSchedule')
  expect(await kubectl('get node node-1 -o jsonpath={.spec.taints[*].key}')).toBe('a')
  await kubectl('taint node node-1 a-')
  await kubectl('delete deployment drained')
})

test('replaces by force, debugs with another container, and says what is wrong', async () => {
  await kubectl('run p --image=busybox:1.35 --restart=Never')
  await kubectl('wait --for=condition=Ready pod/p --timeout=50s')
  await kubectl('debug p --image=busybox:1.35 --target=p --profile=general -c dbg -q')
  expect(await kubectl('get pod p -o jsonpath={.spec.ephemeralContainers[0].targetContainerName}')).toBe('p')
  const pod = await kubectl('get pod p -o json')
  const replaced = await cluster.kubectl.attempt(['replace', '--force', '--grace-period=0', '-f', '-'], {
    input: JSON.stringify({ ...JSON.parse(pod), spec: { containers: [{ name: 'other', image: 'busybox:1.35' }] } }),
  })
  expect(replaced.stdout).toContain('pod/p replaced\n')
  const typo = await cluster.kubectl.attempt(['create', '-f', '-'], {
    input: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"typo"},"dta":{}}',
  })
  expect(typo.stderr).toContain('strict decoding error: unknown field "dta"')
  expect((await cluster.kubectl.attempt(['top', 'nodes'])).stderr).toBe('error: Metrics API not available\n')
})
