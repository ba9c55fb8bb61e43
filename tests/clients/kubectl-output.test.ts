import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ClientCluster, startClientCluster } from './client-cluster.ts'

// How kubectl shows what there is: every kind that is served, in every form.

// many processes each: a busy machine takes its time
vi.setConfig({ testTimeout: 90_000 })

let cluster: ClientCluster
beforeAll(async () => {
  cluster = await startClientCluster()
  await kubectl('create deployment shown --image=busybox:1.35')
  await kubectl('expose deployment shown --port=80 --type=NodePort')
  await kubectl('create ingress shown --rule=example.com/=shown:80')
  await kubectl('rollout status deployment/shown --timeout=50s')
})
afterAll(() => cluster?.[Symbol.asyncDispose]())
const kubectl = (line: string) => cluster.kubectl(...line.split(' '))
const lines = (text: string) => text.trimEnd().split('\n')

test('explains every kind in full', async () => {
  const served = lines(await kubectl('api-resources --no-headers')).map(line => {
    const [kind, , version] = line.split(/ +/).reverse() as [string, string, string]
    return { kind, version, resource: line.split(' ')[0] as string }
  })
  expect(served.length).toBeGreaterThan(50)
  const explained = await inTurns(4, served, async ({ kind, version, resource }) => {
    const text = await kubectl(`explain ${resource} --recursive --api-version=${version}`)
    // Status and the like have no version of their own
    return text.includes(`KIND:       ${kind}\n`) && /^FIELDS:\n/m.test(text) ? [] : [`${version} ${resource}`]
  })
  expect(explained.flat()).toEqual([])
})

test('prints every kind that can be listed, wide, by name, as YAML and as JSON', async () => {
  const all = lines(await kubectl('api-resources --verbs=list -o name')).join()
  const [names, wide, json, yaml] = await Promise.all([
    kubectl(`get ${all} -A -o name`),
    kubectl(`get ${all} -A -o wide`),
    kubectl(`get ${all} -A -o json`),
    kubectl(`get ${all} -A -o yaml`),
  ])
  expect(lines(names)).toEqual(
    expect.arrayContaining([
      'deployment.apps/shown',
      'service/shown',
      'node/node-1',
      'ingress.networking.k8s.io/shown',
    ]),
  )
  expect(wide).toMatch(/^default +deployment.apps\/shown +1\/1 +1 +1 +\S+ +busybox +busybox:1.35 +app=shown$/m)
  const { kind, items } = JSON.parse(json) as { kind: string; items: { kind: string; apiVersion: string }[] }
  expect(kind).toBe('List')
  // events may have come in between
  const steady = (found: readonly string[]) => [...new Set(found)].filter(one => !/^event/i.test(one)).sort()
  const kinds = steady(items.map(item => item.kind))
  expect(kinds.length).toBeGreaterThan(15)
  expect(steady([...yaml.matchAll(/^ {2}kind: (\w+)$/gm)].map(([, one]) => one as string))).toEqual(kinds)
})

test('picks columns, paths, labels and order', async () => {
  const [columns, path, template, labels, sorted, field] = await Promise.all([
    kubectl('get deployment,service -l app=shown -o custom-columns=N:.metadata.name,K:.kind --no-headers'),
    kubectl('get service shown -o jsonpath={.spec.ports[0].port}/{.spec.selector.app}'),
    kubectl('get deployments -o go-template={{range.items}}{{.metadata.name}}{{end}}'),
    kubectl('get namespaces -L kubernetes.io/metadata.name --no-headers'),
    kubectl('get namespaces --sort-by=.metadata.name -o name'),
    kubectl('get pods --field-selector=status.phase=Running,spec.nodeName=node-1 -o name'),
  ])
  expect(lines(columns)).toEqual([
    expect.stringMatching(/^shown +Deployment$/),
    expect.stringMatching(/^shown +Service$/),
  ])
  expect(path).toBe('80/shown')
  expect(template).toBe('shown')
  expect(labels).toMatch(/^default +Active +\S+ +default$/m)
  expect(lines(sorted)).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system'].map(n => `namespace/${n}`))
  expect(field).toMatch(/^pod\/shown-\S+\n$/)
})

test('describes objects with their events, and lists events', async () => {
  const [deployment, node, service, ingress] = await Promise.all(
    ['deployment', 'node', 'service', 'ingress'].map(kind => kubectl(`describe ${kind}`)),
  )
  expect(deployment).toMatch(/^Replicas: +1 desired \| 1 updated \| 1 total \| 1 available \| 0 unavailable$/m)
  expect(deployment).toMatch(/ScalingReplicaSet .* Scaled up replica set shown-\S+ from 0 to 1$/m)
  expect(node).toMatch(/^ {2}default +shown-\S+ +0 \(0%\)/m)
  expect(service).toMatch(/^NodePort: +<unset> +3\d{4}\/TCP$/m)
  expect(ingress).toMatch(/^ {2}example.com +$/m)
  expect(await kubectl('events --for deployment/shown --types=Normal --no-headers')).toMatch(
    /Normal +ScalingReplicaSet +Deployment\/shown/,
  )
  expect(await kubectl('get events --field-selector=involvedObject.kind=Deployment -o name')).toMatch(/^event\/shown\./)
})

test('says what the server is', async () => {
  const [version, categories, raw, info] = await Promise.all([
    kubectl('version -o json'),
    kubectl('api-resources --categories=all -o name'),
    kubectl('get --raw /readyz?verbose'),
    kubectl('cluster-info'),
  ])
  expect(JSON.parse(version)).toMatchObject({ serverVersion: { major: '1', minor: '36' } })
  expect(lines(categories)).toEqual(
    expect.arrayContaining([
      'pods',
      'services',
      'deployments.apps',
      'jobs.batch',
      'horizontalpodautoscalers.autoscaling',
    ]),
  )
  expect(raw).toContain('readyz check passed')
  expect(info).toContain(`is running at`)
})

/** Some at once: each is a process. */
async function inTurns<T, R>(width: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const rest = items.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of rest) results.push(await work(item))
    }),
  )
  return results
}
