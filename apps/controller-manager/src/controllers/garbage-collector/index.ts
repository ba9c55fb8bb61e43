import { controllerEvents, controllerQueue } from '../../context.ts'
import type { ObjectFacts } from '../../discovery/resource-monitors.ts'
import { apiVersionOf, type ServerResource } from '../../discovery/server-resources.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { DependencyGraph } from './dependency-graph.ts'
import { describe, type Identity } from './identity.ts'
import { Objects } from './objects.ts'
import { attemptToDelete, attemptToOrphan, type CollectorDeps } from './reconcile.ts'

/** As upstream: a collection that cannot be read does not hold up the others longer than this. */
const initialSyncTimeout = 30_000

/** Deletes objects of any kind whose owners are gone, and sees to it that owners and dependents go as the deletion asked. */
export const garbageCollectorController: ControllerDescriptor = {
  name: 'garbage-collector-controller',
  alias: 'garbagecollector',
  account: 'generic-garbage-collector',
  needs: [],
  unless: ({ configuration }) => (configuration.enableGarbageCollector ? undefined : 'it is switched off'),
  start(context) {
    const { client, clock, logger, monitors, resources, configuration } = context
    const concurrency = configuration.concurrency.garbageCollector
    const events = controllerEvents(context, 'garbage-collector-controller')
    const timeout = Promise.withResolvers<void>()
    context.undo.defer(clock.after(initialSyncTimeout, timeout.resolve))
    const after = [{ synced: Promise.race([monitors.synced, timeout.promise]) }]

    const graph = new DependencyGraph({
      attemptToDelete: uid => deletions.add(uid),
      attemptToDeleteLater: uid => deletions.addRateLimited(uid),
      attemptToOrphan: uid => orphanings.add(uid),
      invalidNamespace(node, owner) {
        const message = `ownerRef ${describe(owner)} does not exist in namespace "${node.identity.namespace}"`
        events.event(node.identity, 'Warning', 'OwnerRefInvalidNamespace', message)
      },
    })
    const deps: CollectorDeps = {
      graph,
      objects: new Objects(client, resources),
      enqueue: uid => deletions.add(uid),
      logger,
    }
    const deletions = controllerQueue(context, {
      name: 'garbage_collector_attempt_to_delete',
      concurrency,
      after,
      process: (uid, signal) => attemptToDelete(deps, uid, signal),
    })
    const orphanings = controllerQueue(context, {
      name: 'garbage_collector_attempt_to_orphan',
      concurrency,
      after,
      async process(uid, signal) {
        await attemptToOrphan(deps, uid, signal)
        return undefined
      },
    })
    monitors.subscribe({
      added: (resource, object) => graph.observe(identityOf(resource, object), object, undefined),
      updated(resource, object, old) {
        if (object.uid === old.uid) return graph.observe(identityOf(resource, object), object, old)
        // deleted and made again between two looks
        graph.observeDeletion(identityOf(resource, old))
        graph.observe(identityOf(resource, object), object, undefined)
      },
      deleted: (resource, object) => graph.observeDeletion(identityOf(resource, object)),
    })
  },
}

function identityOf(resource: ServerResource, { uid, name, namespace }: ObjectFacts): Identity {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, namespace, name, uid }
}
