import type { Deployment, ReplicaSet } from '@kubets/api-types'
import { labelSelectorOf } from '@kubets/apimachinery'
import { cacheKey, type Outcome, resources } from '@kubets/client'
import { type Claimable, claim } from '../../claim.ts'
import { controllerEvents, controllerQueue, splitKey } from '../../context.ts'
import { deploymentInformer } from '../../informers/deployments.ts'
import { replicaSetInformer } from '../../informers/replica-sets.ts'
import { isNamespaceTerminating } from '../../namespace-terminating.ts'
import { controllerOf, sameLabels, sameReference } from '../../owners.ts'
import { podInformer } from '../../pods/pod-info.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { reconcile } from './reconcile.ts'
import { Rollout } from './rollout.ts'

/** Failures in a row after which a Deployment waits for its next change; as upstream. */
const maxRetries = 15

/** Rolls each Deployment's template out through ReplicaSets, one a template, and keeps those of the past for a rollback. */
export const deploymentController: ControllerDescriptor = {
  name: 'deployment-controller',
  alias: 'deployment',
  account: 'deployment-controller',
  needs: [resources.deployments, resources.replicaSets, resources.pods],
  start(context) {
    const { client, clock } = context
    const deployments = context.informers.of(deploymentInformer)
    const replicaSets = context.informers.of(replicaSetInformer)
    const pods = context.informers.of(podInformer)
    const events = controllerEvents(context, 'deployment-controller')
    const podsOf = (set: ReplicaSet) => pods.lister.byIndex('controller', set.metadata?.uid ?? '')

    const queue = controllerQueue(context, {
      name: 'deployment',
      concurrency: context.configuration.concurrency.deployment,
      after: [deployments, replicaSets, pods],
      maxRetries,
      async process(key, signal) {
        const deployment = deployments.lister.get(splitKey(key))
        if (deployment === undefined) return undefined
        try {
          return await look(deployment, signal)
        } catch (error) {
          if (isNamespaceTerminating(error)) return undefined
          throw error
        }
      },
    })

    async function look(deployment: Deployment, signal: AbortSignal): Promise<Outcome> {
      const { namespace = '' } = deployment.metadata ?? {}
      const selector = labelSelectorOf(deployment.spec?.selector)
      const deps = { client, events, clock, signal }
      if (selector.everything) {
        const message = 'This deployment is selecting all pods. A non-empty selector is required.'
        events.event(deployment, 'Warning', 'SelectingAll', message)
        const { generation = 0 } = deployment.metadata ?? {}
        if ((deployment.status?.observedGeneration ?? 0) < generation)
          await new Rollout(deps, deployment, [], podsOf).writeStatus({
            ...deployment.status,
            observedGeneration: generation,
          })
        return undefined
      }
      const claimed = await claim(
        {
          client,
          owner: deployment,
          ownerRef: resources.deployments,
          apiVersion: 'apps/v1',
          ref: resources.replicaSets,
          selector,
          signal,
        },
        replicaSets.lister.byIndex('namespace', namespace).map(claimable),
      )
      const sets = claimed.map(({ set }) => set)
      return reconcile(new Rollout(deps, deployment, sets, podsOf))
    }

    const enqueue = ({ metadata }: Deployment) =>
      queue.add(cacheKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }))
    const ownerOf = (set: ReplicaSet): Deployment | undefined => {
      const owner = controllerOf(set)
      if (owner?.kind !== 'Deployment') return undefined
      const deployment = deployments.lister.get({ namespace: set.metadata?.namespace ?? '', name: owner.name })
      return deployment?.metadata?.uid === owner.uid ? deployment : undefined
    }
    const enqueueOwner = (set: ReplicaSet) => {
      const deployment = ownerOf(set)
      if (deployment !== undefined) enqueue(deployment)
    }
    const enqueueSelectors = ({ metadata }: ReplicaSet) => {
      const labels = metadata?.labels ?? {}
      if (Object.keys(labels).length === 0) return
      for (const deployment of deployments.lister.byIndex('namespace', metadata?.namespace ?? '')) {
        const selector = labelSelectorOf(deployment.spec?.selector)
        if (!selector.everything && selector.matches(labels)) enqueue(deployment)
      }
    }
    deployments.subscribe({ added: enqueue, updated: enqueue, deleted: enqueue })
    replicaSets.subscribe({
      added(set) {
        if (controllerOf(set) !== undefined || set.metadata?.deletionTimestamp) enqueueOwner(set)
        else enqueueSelectors(set)
      },
      updated(set, old) {
        const moved = !sameReference(controllerOf(set), controllerOf(old))
        if (moved) enqueueOwner(old)
        if (controllerOf(set) !== undefined) enqueueOwner(set)
        else if (moved || !sameLabels(set.metadata?.labels, old.metadata?.labels)) enqueueSelectors(set)
      },
      deleted: enqueueOwner,
    })
    pods.subscribe({
      // the last pod of a Deployment that recreates is what its next step waits for
      deleted({ namespace, controller }) {
        if (controller?.kind !== 'ReplicaSet') return
        const set = replicaSets.lister.get({ namespace, name: controller.name })
        if (set?.metadata?.uid !== controller.uid) return
        const deployment = ownerOf(set)
        if (deployment?.spec?.strategy?.type !== 'Recreate') return
        const sets = replicaSets.lister.byIndex('controller', deployment.metadata?.uid ?? '')
        if (sets.every(other => podsOf(other).length === 0)) enqueue(deployment)
      },
    })
  },
}

interface ClaimableSet extends Claimable {
  readonly set: ReplicaSet
}

function claimable(set: ReplicaSet): ClaimableSet {
  const { name = '', namespace = '', uid = '', labels = {}, deletionTimestamp } = set.metadata ?? {}
  const deleting = (deletionTimestamp ?? '') !== ''
  return { set, name, namespace, uid, labels, controller: controllerOf(set), deleting }
}
