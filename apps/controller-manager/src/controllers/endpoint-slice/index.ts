import type { EndpointSlice } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { controllerQueue, splitKey } from '../../context.ts'
import { endpointSliceInformer, managedByLabel, serviceKeyOf } from '../../informers/endpoint-slices.ts'
import { serviceInformer } from '../../informers/services.ts'
import { nodeInformer } from '../../nodes/node-info.ts'
import { podInformer } from '../../pods/pod-info.ts'
import { selects } from '../../services/reachable-pods.ts'
import { SliceWriter } from '../../services/slice-writer.ts'
import { watchServices } from '../../services/watch-services.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { controllerName, serviceSlices } from './service-slices.ts'

/** Failures in a row after which a Service waits for its next change; as upstream. */
const maxRetries = 15
/** Endpoints in one slice: upstream's default. */
const most = 100
/** Milliseconds until our own writes should be seen. */
const writesSeen = 100
const zoneLabel = 'topology.kubernetes.io/zone'

const isOurs = ({ metadata }: EndpointSlice) => metadata?.labels?.[managedByLabel] === controllerName

/** Writes where each Service with a selector leads. */
export const endpointSliceController: ControllerDescriptor = {
  name: 'endpointslice-controller',
  alias: 'endpointslice',
  account: 'endpointslice-controller',
  needs: [resources.services, resources.pods, resources.nodes, resources.endpointSlices],
  start(context) {
    const services = context.informers.of(serviceInformer)
    const pods = context.informers.of(podInformer)
    const nodes = context.informers.of(nodeInformer)
    const slices = context.informers.of(endpointSliceInformer)
    const writer = new SliceWriter(context.client)
    const zoneOf = (name: string) => {
      const node = nodes.lister.get({ namespace: '', name })
      return node === undefined ? undefined : { zone: node.labels[zoneLabel] || undefined }
    }
    const queue = controllerQueue(context, {
      name: 'endpoint_slice',
      concurrency: 5,
      maxRetries,
      after: [services, pods, nodes, slices],
      async process(key, signal) {
        const service = services.lister.get(splitKey(key))
        // its slices are garbage then
        if (service === undefined) {
          writer.forgetAll(key)
          return undefined
        }
        if (service.type === 'ExternalName' || service.selector === undefined) return undefined
        const existing = slices.lister.byIndex('service', key).filter(isOurs)
        if (writer.isStale(key, existing)) return { requeueAfter: writesSeen }
        const selected = pods.lister.byIndex('namespace', service.namespace).filter(pod => selects(service, pod))
        const { plan, withoutNode } = serviceSlices(service, selected, existing, zoneOf, most)
        await writer.write(key, plan, signal)
        if (withoutNode.length > 0) throw new Error(`no node of the pods ${withoutNode.join(', ')} of Service ${key}`)
        return undefined
      },
    })
    watchServices(services, pods, queue)
    const look = (slice: EndpointSlice) => {
      const key = serviceKeyOf(slice)
      if (key !== undefined) queue.add(key)
    }
    slices.subscribe({
      added(slice) {
        if (isOurs(slice)) look(slice)
      },
      updated(slice, old) {
        if (isOurs(slice) || isOurs(old)) look(slice)
        if (serviceKeyOf(slice) !== serviceKeyOf(old)) look(old)
      },
      deleted(slice) {
        const key = serviceKeyOf(slice)
        if (key === undefined || !isOurs(slice)) return
        writer.forget(key, slice.metadata?.name ?? '')
        queue.add(key)
      },
    })
  },
}
