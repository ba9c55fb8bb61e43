import type { KubeObject, Service } from '@kubets/api-types'
import { addressObject } from '../services/ip-addresses.ts'
import { parseServiceRanges } from '../services/ip-range.ts'
import {
  endpointsObject,
  serviceName,
  serviceNamespace,
  sliceObject,
  subsetsOf,
} from './endpoint-reconciler/addresses.ts'
import { type EndpointReconciler, endpointReconciler } from './endpoint-reconciler/index.ts'
import type { BootstrapObject, BootstrapOptions, BootstrapPart } from './part.ts'

/** The Service `kubernetes`, its address, and its Endpoints and EndpointSlice: where the api-servers are. */
export function kubernetesService(): BootstrapPart {
  let reconciler: EndpointReconciler | undefined
  let first = true
  return {
    objects(options) {
      const { catalogue } = options.rest
      const objects: BootstrapObject[] = []
      const add = (group: string, resource: string, object: unknown) => {
        const entry = catalogue.byResource(group, 'v1', resource)
        if (entry !== undefined) objects.push([entry, object as KubeObject])
      }
      const service = serviceObject(options)
      add('', 'services', service)
      add('networking.k8s.io', 'ipaddresses', addressObject(service.spec?.clusterIP ?? '', service))
      if (options.endpointReconcilerType === 'none') return objects
      const subsets = subsetsOf([options.advertiseAddress], portsOf(options))
      add('', 'endpoints', endpointsObject(subsets))
      add('discovery.k8s.io', 'endpointslices', sliceObject(subsets))
      return objects
    },
    async keep(options) {
      reconciler ??= endpointReconciler(options.endpointReconcilerType, {
        rest: options.rest,
        address: options.advertiseAddress,
        ports: portsOf(options),
        count: options.apiserverCount,
      })
      await reconciler.reconcile(first)
      first = false
    },
    async stop() {
      await reconciler?.remove()
    },
  }
}

const portsOf = ({ port }: BootstrapOptions) => [{ name: 'https', port, protocol: 'TCP' }]

function serviceObject({ serviceClusterIpRange, port }: BootstrapOptions): Service {
  const [range] = parseServiceRanges(serviceClusterIpRange)
  if (range === undefined) throw new Error('no service cluster IP range')
  const clusterIP = range.address(range.first)
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: {
      name: serviceName,
      namespace: serviceNamespace,
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ipFamilies: [range.family],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port as never }],
    },
  } as Service
}
