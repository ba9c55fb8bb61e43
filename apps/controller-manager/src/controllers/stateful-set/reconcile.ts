import type { ControllerRevision, PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet } from '@kubets/api-types'
import { isAlreadyExists, isNotFound, labelSelectorOf } from '@kubets/apimachinery'
import { type Client, type EventRecorder, type Lister, type Outcome, resources } from '@kubets/client'
import type { Clock } from '@kubets/component'
import { claim } from '../../claim.ts'
import {
  claimRevisions,
  createRevision,
  highestRevision,
  matchesTemplate,
  revisionLabel,
} from '../../history/revisions.ts'
import { isNamespaceTerminating } from '../../namespace-terminating.ts'
import { orphansOf, type PodInfo } from '../../pods/pod-info.ts'
import { nextAvailability } from '../../pods/pod-state.ts'
import { templateHash } from '../../pods/template-hash.ts'
import { claimOwners, hasOtherController, isStale, type PodIdentity } from './claim-owners.ts'
import { claimsOf, identityLabels, newPod, parseName, podName } from './identity.ts'
import { plan, revisionFor, type SetState, type Step, sameStatus, statusOf } from './plan.ts'

export interface StatefulDeps {
  client: Pick<Client, 'get' | 'create' | 'update' | 'patch' | 'delete'>
  events: EventRecorder
  pods: Lister<PodInfo>
  claims: Lister<PersistentVolumeClaim>
  revisions: Lister<ControllerRevision>
  clock: Clock
  signal: AbortSignal
}

/** Brings a StatefulSet one step further, and says in its status what there is. */
export async function reconcile(deps: StatefulDeps, set: StatefulSet): Promise<Outcome> {
  const { client, pods, clock, signal } = deps
  const { uid = '', namespace = '', name: setName = '' } = set.metadata ?? {}
  const selector = labelSelectorOf(set.spec?.selector)
  const candidates = [...pods.byIndex('controller', uid), ...pods.byIndex('controller', orphansOf(namespace))]
  const mine = await claim(
    {
      client,
      owner: set,
      ownerRef: resources.statefulSets,
      apiVersion: 'apps/v1',
      ref: resources.pods,
      selector,
      signal,
    },
    // a pod belongs by its name too
    candidates.filter(pod => pod.controller !== undefined || parseName(pod.name).parent === setName),
  )
  const { all, current, update } = await history(deps, set)
  const state: SetState = {
    set,
    pods: mine,
    currentRevision: current.metadata?.name ?? '',
    updateRevision: update.metadata?.name ?? '',
    claimsDiffer: (pod, ordinal) => claimsToMend(deps, set, pod, ordinal).length > 0,
    now: clock.now(),
  }
  const steps = plan(state)
  let failure: unknown
  if (set.spec?.podManagementPolicy === 'Parallel') {
    const ends = await Promise.allSettled(steps.map(step => take(deps, state, current, step)))
    failure = ends.find(end => end.status === 'rejected')?.reason
  } else {
    for (const step of steps) {
      failure = await take(deps, state, current, step).then(
        () => undefined,
        error => error,
      )
      if (failure !== undefined) break
    }
  }
  const status = statusOf(state, set.status?.collisionCount ?? 0, failure === undefined ? steps : [])
  if (!sameStatus(set.status, status)) {
    const next = { ...set, status }
    await client.update<StatefulSet>(resources.statefulSets, next, { subresource: 'status', signal })
  }
  if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure
  await truncate(deps, set, all, new Set([current, update].map(({ metadata }) => metadata?.name)), mine)
  const wait = set.spec?.minReadySeconds ?? 0
  if (wait > 0 && status.readyReplicas !== status.availableReplicas)
    return { requeueAfter: nextAvailability(mine, wait, state.now) ?? wait * 1_000 }
  return undefined
}

async function take(deps: StatefulDeps, state: SetState, current: ControllerRevision, step: Step): Promise<void> {
  const { client, events, signal } = deps
  const { set } = state
  const told = async (verb: string, name: string, work: Promise<unknown>) => {
    try {
      await work
      events.event(
        set,
        'Normal',
        `Successful${verb}`,
        `${verb} Pod ${name} in StatefulSet ${set.metadata?.name} successful`,
      )
    } catch (error) {
      const why = `${verb} Pod ${name} in StatefulSet ${set.metadata?.name} failed error: ${(error as Error).message}`
      // one that exists is only one that we have not seen yet
      if (!signal.aborted && !isNamespaceTerminating(error) && !isAlreadyExists(error))
        events.event(set, 'Warning', `Failed${verb}`, why)
      throw error
    }
  }
  switch (step.do) {
    case 'create': {
      const name = podName(set, step.ordinal)
      // its claims go with the pod that had them before; until then there is no room for the next
      if (staleClaims(deps, set, { name, uid: '' }, step.ordinal)) return
      const revision = revisionFor(state, step.ordinal)
      const template = revision === state.updateRevision ? set.spec?.template : templateOf(current)
      return told('Create', name, createPod(deps, set, newPod(set, template, revision, step.ordinal), step.ordinal))
    }
    case 'delete': {
      const key = { namespace: step.pod.namespace, name: step.pod.name }
      const gone = client.delete(resources.pods, key, { signal }).catch(error => {
        if (!isNotFound(error)) throw error
      })
      return told('Delete', step.pod.name, gone)
    }
    case 'claim':
      await createClaims(deps, set, step.ordinal)
      return mendClaims(deps, set, step.pod, step.ordinal)
    case 'mend': {
      await mendClaims(deps, set, step.pod, step.ordinal)
      const labels = identityLabels(set, step.ordinal)
      if (Object.entries(labels).every(([key, value]) => step.pod.labels[key] === value)) return
      const key = { namespace: step.pod.namespace, name: step.pod.name }
      return told(
        'Update',
        step.pod.name,
        client.patch(resources.pods, key, 'merge', { metadata: { labels } }, { signal }),
      )
    }
  }
}

async function createPod(deps: StatefulDeps, set: StatefulSet, pod: Pod, ordinal: number): Promise<void> {
  await createClaims(deps, set, ordinal)
  const made = await deps.client.create<Pod>(resources.pods, pod, { signal: deps.signal })
  await mendClaims(deps, set, { name: made.metadata?.name ?? '', uid: made.metadata?.uid ?? '' }, ordinal)
}

async function createClaims(deps: StatefulDeps, set: StatefulSet, ordinal: number): Promise<void> {
  const { client, claims, events, signal } = deps
  for (const wanted of claimsOf(set, ordinal).values()) {
    const { namespace = '', name = '' } = wanted.metadata ?? {}
    const present = claims.get({ namespace, name })
    if (present?.metadata?.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`)
    if (present !== undefined) continue
    const about = `Claim ${name} Pod ${podName(set, ordinal)} in StatefulSet ${set.metadata?.name}`
    try {
      await client.create<PersistentVolumeClaim>(resources.persistentVolumeClaims, wanted, { signal })
      events.event(set, 'Normal', 'SuccessfulCreate', `Create ${about} success`)
    } catch (error) {
      if (isAlreadyExists(error)) continue
      if (!signal.aborted && !isNamespaceTerminating(error))
        events.event(set, 'Warning', 'FailedCreate', `Create ${about} failed error: ${(error as Error).message}`)
      throw error
    }
  }
}

function ownClaims({ claims }: StatefulDeps, set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  return [...claimsOf(set, ordinal).values()].flatMap(({ metadata }) => {
    const { namespace = '', name = '' } = metadata ?? {}
    return claims.get({ namespace, name }) ?? []
  })
}

function staleClaims(deps: StatefulDeps, set: StatefulSet, pod: PodIdentity, ordinal: number): boolean {
  if (set.spec?.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return false
  return ownClaims(deps, set, ordinal).some(own => isStale(own, pod))
}

function claimsToMend(
  deps: StatefulDeps,
  set: StatefulSet,
  pod: PodIdentity,
  ordinal: number,
): PersistentVolumeClaim[] {
  return ownClaims(deps, set, ordinal).filter(own => claimOwners(own, set, pod) !== undefined)
}

async function mendClaims(deps: StatefulDeps, set: StatefulSet, pod: PodIdentity, ordinal: number): Promise<void> {
  const { client, events, signal } = deps
  for (const own of claimsToMend(deps, set, pod, ordinal)) {
    if (hasOtherController(own, set, pod)) {
      const message = `PersistentVolumeClaim ${own.metadata?.name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`
      events.event(set, 'Warning', 'ConflictingController', message)
    }
    const ownerReferences = claimOwners(own, set, pod) ?? []
    const next = { ...own, metadata: { ...own.metadata, ownerReferences } }
    await client.update<PersistentVolumeClaim>(resources.persistentVolumeClaims, next, { signal })
  }
}

function templateOf(revision: ControllerRevision): PodTemplateSpec | undefined {
  const data = revision.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined
  if (data?.spec?.template === undefined) return undefined
  const { $patch: _, ...template } = data.spec.template
  return template
}

async function history(
  { client, revisions, signal }: StatefulDeps,
  set: StatefulSet,
): Promise<{ all: ControllerRevision[]; current: ControllerRevision; update: ControllerRevision }> {
  const template = set.spec?.template
  const ownerRef = resources.statefulSets
  const selector = labelSelectorOf(set.spec?.selector)
  const all = await claimRevisions({ client, owner: set, ownerRef, selector, revisions, signal })
  all.sort((a, b) => a.revision - b.revision)
  const same = all.filter(revision => matchesTemplate(revision, template)).at(-1)
  const next = highestRevision(all) + 1
  let update: ControllerRevision
  if (same === undefined) {
    const hash = templateHash(template, set.status?.collisionCount ?? 0)
    const made = await createRevision({
      client,
      owner: set,
      ownerKind: 'StatefulSet',
      template,
      hash,
      revision: next,
      signal,
    })
    if (made === undefined) {
      const status = { ...set.status, collisionCount: (set.status?.collisionCount ?? 0) + 1 }
      const collided = { ...set, status } as StatefulSet
      await client.update<StatefulSet>(ownerRef, collided, { subresource: 'status', signal })
      throw new Error(`another template of StatefulSet ${set.metadata?.name} has the hash ${hash}`)
    }
    update = made
  } else if (same === all.at(-1)) update = same
  // a template that comes back is the newest again
  else update = await client.update(resources.controllerRevisions, { ...same, revision: next }, { signal })
  const current = all.find(({ metadata }) => metadata?.name === set.status?.currentRevision) ?? update
  return { all, current, update }
}

async function truncate(
  { client, signal }: StatefulDeps,
  set: StatefulSet,
  all: readonly ControllerRevision[],
  live: ReadonlySet<string | undefined>,
  pods: readonly PodInfo[],
): Promise<void> {
  const used = new Set([...live, ...pods.map(({ labels }) => labels[revisionLabel])])
  const unused = all.filter(({ metadata }) => !used.has(metadata?.name))
  const surplus = Math.max(0, unused.length - (set.spec?.revisionHistoryLimit ?? 10))
  for (const { metadata } of unused.slice(0, surplus)) {
    const key = { namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }
    await client.delete(resources.controllerRevisions, key, { signal })
  }
}
