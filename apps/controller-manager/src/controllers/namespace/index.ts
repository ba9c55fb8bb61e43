import { resources } from '@kubets/client'
import { controllerQueue, every } from '../../context.ts'
import { type NamespaceFacts, namespaceInformer } from '../../informers/namespaces.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { reconcile } from './reconcile.ts'

/** Empties namespaces that are being deleted, of whatever kinds the server has, and lets them go. */
export const namespaceController: ControllerDescriptor = {
  name: 'namespace-controller',
  alias: 'namespace',
  account: 'namespace-controller',
  needs: [resources.namespaces],
  start(context) {
    const { configuration } = context
    const namespaces = context.informers.of(namespaceInformer)
    const queue = controllerQueue(context, {
      name: 'namespace',
      concurrency: configuration.concurrency.namespace,
      after: [namespaces],
      async process(name, signal) {
        if (namespaces.lister.get({ name }) === undefined) return undefined
        return reconcile(context, name, signal)
      },
    })
    const look = (namespace: NamespaceFacts) => {
      if (namespace.deleting) queue.addAfter(namespace.name, configuration.namespaceDeletionGracePeriod)
    }
    namespaces.subscribe({ added: look, updated: look })
    every(context, configuration.namespaceSyncPeriod, () => {
      if (namespaces.hasSynced()) for (const namespace of namespaces.lister.list()) look(namespace)
    })
  },
}
