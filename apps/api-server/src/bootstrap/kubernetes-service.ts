import type { Endpoints, KubeObject, Service } from '@kubets/api-types'
import { guaranteedUpdate } from '../resources/guaranteed-update.ts'
import { fillNewMeta } from '../resources/object-meta.ts'
import { keyOf } from '../resources/rest.ts'
import { firstAddress } from '../services/ip-range.ts'
import type { BootstrapObject, BootstrapOptions, BootstrapPart } from './part.ts'

/** The Service `kubernetes`, and its Endpoints: where this api-server is. */
export const kubernetesService: BootstrapPart = {
  objects(options) {
    const { catalogue } = options.rest
    const objects: BootstrapObject[] = []
    const service = catalogue.byResource('', 'v1', 'services')
    if (service !== undefined) objects.push([service, serviceObject(options) as KubeObject])
    const endpoints = catalogue.byResource('', 'v1', 'endpoints')
    if (endpoints !== undefined) objects.push([endpoints, kubernetesEndpoints(options) as KubeObject])
    return objects
  },
  keep: keepEndpoints,
}

function serviceObject({ serviceClusterIpRange, port }: BootstrapOptions): Service {
  const clusterIP = firstAddress(serviceClusterIpRange)
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
      ipFamilies: [clusterIP.includes(':') ? 'IPv6' : 'IPv4'],
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
