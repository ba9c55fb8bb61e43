import type { EndpointSlice, Endpoints, KubeObject, Service } from '@kubets/api-types'
import { semanticEqual } from '@kubets/apimachinery'
import { guaranteedUpdate } from '../resources/guaranteed-update.ts'
import { fillNewMeta } from '../resources/object-meta.ts'
import { keyOf } from '../resources/rest.ts'
import { trackOwnWrite } from '../resources/steps/managed-fields.ts'
import { addressObject } from '../services/ip-addresses.ts'
import { parseServiceRanges } from '../services/ip-range.ts'
import type { BootstrapObject, BootstrapOptions, BootstrapPart } from './part.ts'

/** The Service `kubernetes`, its address, and its Endpoints and EndpointSlice: where this api-server is. */
export const kubernetesService: BootstrapPart = {
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
    add('', 'endpoints', kubernetesEndpoints(options))
    add('discovery.k8s.io', 'endpointslices', kubernetesSlice(options))
    return objects
  },
  async keep(options) {
    const { subsets } = kubernetesEndpoints(options)
    await keep(options, '', 'endpoints', kubernetesEndpoints(options) as KubeObject, { subsets })
    const { addressType, endpoints, ports } = kubernetesSlice(options)
    const slice = kubernetesSlice(options) as KubeObject
    await keep(options, 'discovery.k8s.io', 'endpointslices', slice, { addressType, endpoints, ports })
  },
}

const name = 'kubernetes'
const namespace = 'default'

function serviceObject({ serviceClusterIpRange, port }: BootstrapOptions): Service {
  const [range] = parseServiceRanges(serviceClusterIpRange)
  if (range === undefined) throw new Error('no service cluster IP range')
  const clusterIP = range.address(range.first)
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name, namespace, labels: { component: 'apiserver', provider: 'kubernetes' } },
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

const kubernetesEndpoints = ({ advertiseAddress, port }: BootstrapOptions): Endpoints => ({
  kind: 'Endpoints',
  apiVersion: 'v1',
  metadata: { name, namespace, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
  subsets: [{ addresses: [{ ip: advertiseAddress }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
})

const kubernetesSlice = ({ advertiseAddress, port }: BootstrapOptions): EndpointSlice => ({
  kind: 'EndpointSlice',
  apiVersion: 'discovery.k8s.io/v1',
  metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
  addressType: advertiseAddress.includes(':') ? 'IPv6' : 'IPv4',
  endpoints: [{ addresses: [advertiseAddress], conditions: { ready: true } }],
  ports: [{ name: 'https', port, protocol: 'TCP' }],
})

/** Writes our address and port where the object says otherwise (another port after a restart, an edit). */
async function keep(
  { rest }: BootstrapOptions,
  group: string,
  resource: string,
  wanted: KubeObject,
  fields: Record<string, unknown>,
): Promise<void> {
  const entry = rest.catalogue.byResource(group, 'v1', resource)
  if (entry === undefined) return
  await guaranteedUpdate(rest, entry, {
    key: keyOf(entry, namespace, name),
    about: { group, resource, name },
    dryRun: false,
    change(current) {
      if (current === undefined) {
        fillNewMeta(wanted, namespace, rest.clock.now())
        trackOwnWrite(rest, entry, wanted)
        return { do: 'put', object: wanted }
      }
      const present = current.object as KubeObject & Record<string, unknown>
      if (Object.entries(fields).every(([key, value]) => semanticEqual(present[key], value))) return { do: 'nothing' }
      const object = { ...present, ...fields, metadata: { ...present.metadata } } as KubeObject
      trackOwnWrite(rest, entry, object, present)
      return { do: 'put', object }
    },
  })
}
