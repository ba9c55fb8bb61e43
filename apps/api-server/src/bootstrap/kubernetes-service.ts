import type { KubeObject, Service } from '@kubets/api-types'
import type { OwnManagers } from '../resources/own-managers.ts'
import { addressObject } from '../services/ip-addresses.ts'
import { type IpRange, parseServiceRanges } from '../services/ip-range.ts'
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
      const add = (group: string, resource: string, object: unknown, managers?: OwnManagers) => {
        const entry = catalogue.byResource(group, 'v1', resource)
        if (entry !== undefined) objects.push([entry, object as KubeObject, managers])
      }
      const [range] = parseServiceRanges(options.serviceClusterIpRange)
      if (range === undefined) throw new Error('no service cluster IP range')
      const service = serviceObject(range, options)
      add('', 'services', service, { fillIn: object => fillAddresses(object as Service, range) })
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

/** The lists follow from the one address that is asked for, as they do in anybody's Service. */
function fillAddresses({ spec }: Service, range: IpRange): void {
  Object.assign(spec as object, { clusterIPs: [spec?.clusterIP], ipFamilies: [range.family] })
}

function serviceObject(range: IpRange, { port }: BootstrapOptions): Service {
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
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port as never }],
    },
  } as Service
}
