import type { ResourceQuota } from '@kubets/api-types'
import { semanticEqual } from '@kubets/apimachinery'
import { cacheKey, resources } from '@kubets/client'
import {
  countsAgainstQuota,
  type Evaluator,
  type ListObjects,
  objectCountEvaluator,
  persistentVolumeClaimEvaluator,
  podEvaluator,
  serviceEvaluator,
} from '@kubets/quota'
import { controllerQueue, every, splitKey } from '../../context.ts'
import { resourceQuotaInformer } from '../../informers/resource-quotas.ts'
import { serviceInformer } from '../../informers/services.ts'
import { podInformer } from '../../pods/pod-info.ts'
import type { ControllerDescriptor } from '../controller.ts'
import { chargedTheSame, claimInformer } from './charged-objects.ts'
import { ObjectCounts } from './object-counts.ts'
import { reconcile } from './reconcile.ts'

/** Objects that come and go are counted together, this long after the first: a Deployment's pods cause one sum. */
const settle = 100

/** Keeps the usage in every quota's status true: who charges what comes, and refuses what is too much, is the api-server. */
export const resourceQuotaController: ControllerDescriptor = {
  name: 'resourcequota-controller',
  alias: 'resourcequota',
  account: 'resourcequota-controller',
  needs: [resources.resourceQuotas],
  start(context) {
    const { client, clock, monitors, configuration } = context
    const quotas = context.informers.of(resourceQuotaInformer)
    const pods = context.informers.of(podInformer)
    const services = context.informers.of(serviceInformer)
    const hasClaims = context.resources.serves(resources.persistentVolumeClaims)
    const claims = hasClaims ? context.informers.of(claimInformer) : undefined

    const special = new Map<string, Evaluator<unknown>>()
    const sources = new Map<Evaluator<unknown>, (namespace: string) => Iterable<unknown>>()
    const collection = <T>(evaluator: Evaluator<T>, list: (namespace: string) => Iterable<T>) => {
      const general = evaluator as Evaluator<unknown> // only ever given what its own source lists
      special.set(`${evaluator.resource}.${evaluator.group}`, general)
      sources.set(general, list)
    }
    collection(podEvaluator, namespace => pods.lister.byIndex('namespace', namespace))
    collection(serviceEvaluator, namespace => services.lister.byIndex('namespace', namespace))
    if (claims) collection(persistentVolumeClaimEvaluator, namespace => claims.lister.byIndex('namespace', namespace))

    /** Simple counts, made when their collection is first met. */
    const counted = new Map<string, Evaluator<unknown>>()
    const evaluatorOf = (group: string, resource: string) => {
      const key = `${resource}.${group}`
      const known = special.get(key) ?? counted.get(key)
      if (known !== undefined) return known
      const evaluator = objectCountEvaluator(group, resource)
      counted.set(key, evaluator)
      sources.set(evaluator, namespace => new Array(counts.of(evaluator, namespace)).fill(undefined))
      return evaluator
    }
    const evaluators = () => {
      const all = new Set(special.values())
      for (const { group, resource, namespaced } of monitors.followed)
        if (namespaced) all.add(evaluatorOf(group, resource))
      return all
    }
    const list =
      (namespace: string): ListObjects =>
      <T>(evaluator: Evaluator<T>) => {
        const source = sources.get(evaluator as Evaluator<unknown>)
        if (source === undefined) throw new Error(`${evaluator.resource} not yet synced`)
        return source(namespace) as Iterable<T>
      }

    /**
     * Keys of quotas whose usage may be written lower than it was. Not where something came: that was charged when it was admitted, and
     * what was charged a moment ago may not be among the objects that are known here.
     */
    const mayFall = new Set<string>()
    const concurrency = configuration.concurrency.resourceQuota
    const after = [quotas, pods, services, monitors, ...(claims ? [claims] : [])]
    const process = async (key: string, signal: AbortSignal) => {
      const raiseOnly = !mayFall.delete(key)
      const quota = quotas.lister.get(splitKey(key))
      if (quota === undefined) return undefined
      try {
        await reconcile({ client, evaluators: evaluators(), list, now: clock.now(), raiseOnly }, quota, signal)
      } catch (error) {
        if (!raiseOnly) mayFall.add(key)
        throw error
      }
      return undefined
    }
    const queue = controllerQueue(context, { name: 'resourcequota_primary', concurrency, after, process })
    // a quota that says nothing yet need not stand in line behind those that are only counted again
    const priority = controllerQueue(context, { name: 'resourcequota_priority', concurrency, after, process })

    const added = (quota: ResourceQuota) => {
      const { hard, used } = quota.status ?? {}
      const silent =
        !semanticEqual(quota.spec?.hard, hard) || Object.keys(hard ?? {}).some(name => used?.[name] === undefined)
      mayFall.add(keyOf(quota))
      ;(silent ? priority : queue).add(keyOf(quota))
    }
    quotas.subscribe({
      added,
      updated(quota, old) {
        if (!semanticEqual(quota.spec?.hard, old.spec?.hard)) added(quota)
      },
    })
    /** The quotas of a namespace that limit what this collection counts for are looked at. */
    const replenish = (evaluator: Evaluator<unknown>, namespace: string, what: 'came' | 'went' = 'went') => {
      if (!quotas.hasSynced()) return // all will be looked at anyway
      // its status may not say yet what it limits
      for (const quota of quotas.lister.byIndex('namespace', namespace))
        if (evaluator.matchingResources(Object.keys({ ...quota.spec?.hard, ...quota.status?.hard })).length > 0) {
          if (what === 'went') mayFall.add(keyOf(quota))
          queue.addAfter(keyOf(quota), settle)
        }
    }
    const counts: ObjectCounts = new ObjectCounts(monitors, ({ group, resource }, namespace, what) =>
      replenish(evaluatorOf(group, resource), namespace, what),
    )
    // the collections' own copies may be later than the counts
    const cameOrWent = (evaluator: Evaluator<never>) => ({
      added: ({ namespace }: { namespace: string }) => replenish(evaluator as Evaluator<unknown>, namespace, 'came'),
      deleted: ({ namespace }: { namespace: string }) => replenish(evaluator as Evaluator<unknown>, namespace),
    })
    pods.subscribe({
      ...cameOrWent(podEvaluator),
      updated(pod, old) {
        const now = clock.now()
        // equal charges are one object
        if (pod.charge !== old.charge || (countsAgainstQuota(old, now) && !countsAgainstQuota(pod, now)))
          replenish(podEvaluator as Evaluator<unknown>, pod.namespace)
      },
    })
    services.subscribe({
      ...cameOrWent(serviceEvaluator),
      updated(service, old) {
        if (service.type !== old.type) replenish(serviceEvaluator as Evaluator<unknown>, service.namespace)
      },
    })
    claims?.subscribe({
      ...cameOrWent(persistentVolumeClaimEvaluator),
      updated(claim, old) {
        if (!chargedTheSame(claim, old))
          replenish(persistentVolumeClaimEvaluator as Evaluator<unknown>, claim.namespace)
      },
    })
    every(context, configuration.resourceQuotaSyncPeriod, () => {
      if (!quotas.hasSynced()) return
      for (const quota of quotas.lister.list()) {
        mayFall.add(keyOf(quota))
        queue.add(keyOf(quota))
      }
    })
  },
}

function keyOf({ metadata }: ResourceQuota): string {
  return cacheKey({ namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' })
}
