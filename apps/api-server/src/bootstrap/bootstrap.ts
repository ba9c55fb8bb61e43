import type { Endpoints, KubeObject, Namespace, ResourceEntry, Service } from '@kubets/api-types'
import { guaranteedUpdate } from '../resources/guaranteed-update.ts'
import { fillNewMeta } from '../resources/object-meta.ts'
import { ownEntry, prepareOwn } from '../resources/own-writes.ts'
import { keyOf, type Rest } from '../resources/rest.ts'
import { addressObject } from '../services/ip-addresses.ts'
import { parseServiceRanges } from '../services/ip-range.ts'

export interface BootstrapOptions {
  rest: Rest
  advertiseAddress: string
  port: number
  serviceClusterIpRange: string
}

const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'] as const
/** The endpoints are looked at again this often (upstream: ten seconds), in case somebody changed them. */
const checkEvery = 10_000

/** The objects that every cluster has from the start: four namespaces, the `kubernetes` Service and its Endpoints, which are kept true. */
export async function bootstrap(options: BootstrapOptions): Promise<AsyncDisposable> {
  const { rest } = options
  const objects = bootstrapObjects(options)
  // all in one transaction: a new cluster is there or not
  const writes = objects.map(([entry, object]) => prepareOwn(rest, entry, object))
  const created = await rest.store.createAll(writes)
  if (!created)
    for (const { key, value } of writes)
      if ((await rest.store.get(key)).kv === undefined) await rest.store.put({ key, value, expected: 0 })
  await keepEndpoints(options)

  const stop = new AbortController()
  const loop = (async () => {
    const { sleep } = await import('@kubets/component')
    while (!stop.signal.aborted) {
      await sleep(checkEvery, stop.signal, rest.clock)
      if (stop.signal.aborted) return
      await keepEndpoints(options).catch(error =>
        rest.logger.warn({ err: error }, 'Endpoints of the kubernetes Service not checked'),
      )
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await loop
    },
  }
}

function bootstrapObjects(options: BootstrapOptions): [ResourceEntry, KubeObject][] {
  const { rest } = options
  const entry = (resource: string) => rest.catalogue.byResource('', 'v1', resource)
  const objects: [ResourceEntry, KubeObject][] = []
  const namespaceEntry = entry('namespaces')
  if (namespaceEntry !== undefined)
    for (const name of namespaces)
      objects.push([
        namespaceEntry,
        {
          kind: 'Namespace',
          apiVersion: 'v1',
          metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
        } satisfies Namespace as KubeObject,
      ])
  const service = entry('services')
  if (service !== undefined) {
    const kubernetes = kubernetesService(options)
    const [ip = ''] = kubernetes.spec?.clusterIPs ?? []
    objects.push([service, kubernetes as KubeObject])
    objects.push([ownEntry(rest, 'networking.k8s.io', 'ipaddresses'), addressObject(ip, kubernetes) as KubeObject])
  }
  const endpoints = entry('endpoints')
  if (endpoints !== undefined) objects.push([endpoints, kubernetesEndpoints(options) as KubeObject])
  return objects
}

function kubernetesService({ serviceClusterIpRange, port }: BootstrapOptions): Service {
  const [range] = parseServiceRanges(serviceClusterIpRange)
  const clusterIP = range === undefined ? '' : range.address(range.first)
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: range === undefined ? [] : [range.family],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port as never }],
    },
  } as Service
}

function kubernetesEndpoints({ advertiseAddress, port }: BootstrapOptions): Endpoints {
  return {
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: [{ addresses: [{ ip: advertiseAddress }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  } as Endpoints
}

/** Writes our address and port where the Endpoints say otherwise (another port after a restart, an edit). */
async function keepEndpoints(options: BootstrapOptions): Promise<void> {
  const { rest } = options
  const entry = rest.catalogue.byResource('', 'v1', 'endpoints')
  if (entry === undefined) return
  const wanted = kubernetesEndpoints(options)
  const key = keyOf(entry, 'default', 'kubernetes')
  await guaranteedUpdate(rest, entry, {
    key,
    about: { group: '', resource: 'endpoints', name: 'kubernetes' },
    dryRun: false,
    change(current) {
      if (current === undefined) {
        fillNewMeta(wanted as KubeObject, 'default', rest.clock.now())
        return { do: 'put', object: wanted as KubeObject }
      }
      const present = current.object as Endpoints
      const address = present.subsets?.[0]?.addresses?.[0]?.ip
      const port = present.subsets?.[0]?.ports?.[0]?.port
      if (present.subsets?.length === 1 && address === options.advertiseAddress && port === options.port)
        return { do: 'nothing' }
      return { do: 'put', object: { ...present, subsets: wanted.subsets } as KubeObject }
    },
  })
}
