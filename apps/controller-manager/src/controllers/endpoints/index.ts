import { resources } from '@kubets/client'
import { controllerQueue, splitKey } from '../../context.ts'
import { endpointsInformer } from '../../informers/endpoints.ts'
import { serviceInformer } from '../../informers/services.ts'
import { podInformer } from '../../pods/pod-info.ts'
import { selects } from '../../services/reachable-pods.ts'
import { serviceKey, watchServices } from '../../services/watch-services.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { reconcile, remove } from './reconcile.ts'

/** Failures in a row after which a Service waits for its next change; as upstream. */
const maxRetries = 15

const leaderElection = 'control-plane.alpha.kubernetes.io/leader'

/** Writes where each Service with a selector leads, in the form that came before endpoint slices. */
export const endpointsController: ControllerDescriptor = {
  name: 'endpoints-controller',
  alias: 'endpoint',
  account: 'endpoint-controller',
  needs: [resources.services, resources.pods, resources.endpoints],
  start(context) {
    const { client } = context
    const services = context.informers.of(serviceInformer)
    const pods = context.informers.of(podInformer)
    const endpoints = context.informers.of(endpointsInformer)
    const queue = controllerQueue(context, {
      name: 'endpoint',
      concurrency: 5,
      maxRetries,
      after: [services, pods, endpoints],
      async process(key, signal) {
        const place = splitKey(key)
        const service = services.lister.get(place)
        const current = endpoints.lister.get(place)
        if (service === undefined) {
          if (current?.metadata?.annotations?.[leaderElection] === undefined) await remove(client, place, signal)
          return undefined
        }
        if (service.type === 'ExternalName' || service.selector === undefined) return undefined
        const selected = pods.lister.byIndex('namespace', service.namespace).filter(pod => selects(service, pod))
        await reconcile(client, service, selected, current, signal)
        return undefined
      },
    })
    watchServices(services, pods, queue)
    endpoints.subscribe({
      // those of Services that went while nobody watched; later ones may be made for a Service that is yet to come
      added({ metadata }) {
        if (endpoints.hasSynced()) return
        queue.add(serviceKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }))
      },
      deleted({ metadata }) {
        queue.add(serviceKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }))
      },
    })
  },
}
