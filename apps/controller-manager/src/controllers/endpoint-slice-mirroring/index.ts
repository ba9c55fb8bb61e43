import type { EndpointSlice, Endpoints } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { controllerQueue, splitKey } from '../../context.ts'
import { endpointSliceInformer, managedByLabel, serviceKeyOf } from '../../informers/endpoint-slices.ts'
import { endpointsInformer } from '../../informers/endpoints.ts'
import { serviceInformer } from '../../informers/services.ts'
import { SliceWriter } from '../../services/slice-writer.ts'
import { serviceKey } from '../../services/watch-services.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { controllerName, mirror, skipLabel } from './mirror.ts'

/** Failures in a row after which Endpoints wait for their next change; as upstream. */
const maxRetries = 15
/** Milliseconds until our own writes should be seen. */
const writesSeen = 100
const leaderElection = 'control-plane.alpha.kubernetes.io/leader'

const isOurs = ({ metadata }: EndpointSlice) => metadata?.labels?.[managedByLabel] === controllerName

function isMirrored({ metadata }: Endpoints): boolean {
  return metadata?.labels?.[skipLabel] !== 'true' && metadata?.annotations?.[leaderElection] === undefined
}

/** Makes slices of Endpoints that users write for Services without a selector. */
export const endpointSliceMirroringController: ControllerDescriptor = {
  name: 'endpointslice-mirroring-controller',
  alias: 'endpointslicemirroring',
  account: 'endpointslicemirroring-controller',
  needs: [resources.services, resources.endpoints, resources.endpointSlices],
  start(context) {
    const services = context.informers.of(serviceInformer)
    const endpoints = context.informers.of(endpointsInformer)
    const slices = context.informers.of(endpointSliceInformer)
    const writer = new SliceWriter(context.client)
    const queue = controllerQueue(context, {
      name: 'endpoint_slice_mirroring',
      concurrency: 5,
      maxRetries,
      after: [services, endpoints, slices],
      async process(key, signal) {
        const place = splitKey(key)
        const existing = slices.lister.byIndex('service', key).filter(isOurs)
        if (writer.isStale(key, existing)) return { requeueAfter: writesSeen }
        const source = endpoints.lister.get(place)
        const service = services.lister.get(place)
        const wanted =
          source !== undefined && isMirrored(source) && service !== undefined && service.selector === undefined
        const plan = wanted ? mirror(source, existing) : { create: [], update: [], remove: existing }
        await writer.write(key, plan, signal)
        return undefined
      },
    })
    const add = ({ metadata }: Endpoints) =>
      queue.add(serviceKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }))
    endpoints.subscribe({
      added(object) {
        if (isMirrored(object)) add(object)
      },
      updated(object, old) {
        if (isMirrored(object) || isMirrored(old)) add(object)
      },
      deleted(object) {
        if (isMirrored(object)) add(object)
      },
    })
    services.subscribe({
      added: service => queue.add(serviceKey(service)),
      updated(service, old) {
        if ((service.selector === undefined) !== (old.selector === undefined)) queue.add(serviceKey(service))
      },
      deleted: service => queue.add(serviceKey(service)),
    })
    slices.subscribe({
      added(slice) {
        const key = serviceKeyOf(slice)
        if (key !== undefined && isOurs(slice)) queue.add(key)
      },
      updated(slice, old) {
        for (const each of [slice, old]) {
          const key = serviceKeyOf(each)
          if (key !== undefined && isOurs(each)) queue.add(key)
        }
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
