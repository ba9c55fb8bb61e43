import type { ReplicaSet } from '@kubets/api-types'
import { isAlreadyExists } from '@kubets/apimachinery'
import { resources } from '@kubets/client'
import { isNamespaceTerminating } from '../../namespace-terminating.ts'
import { controllerOf, controllerReference } from '../../owners.ts'
import { hashLabel, sameTemplate, templateHash } from '../../pods/template-hash.ts'
import { condition, withCondition } from './conditions.ts'
import { annotationsFor, nextRevision, revisionAnnotation } from './revision.ts'
import type { Rollout } from './rollout.ts'
import { byCreation, newReplicas } from './sizes.ts'
import { hasProgressDeadline } from './status.ts'

export interface OldAndNew {
  newSet: ReplicaSet | undefined
  old: ReplicaSet[]
  /** The old ones, then the new one if there is one. */
  all: ReplicaSet[]
}

/** Longest name of a ReplicaSet. */
const maxName = 253

/**
 * Which ReplicaSet has the Deployment's template, and which are of the past. The new one's revision and annotations are brought up to
 * date, and the Deployment's revision follows it; with `create` it is made when there is none.
 */
export async function sortReplicaSets(rollout: Rollout, missing: 'create' | 'leave'): Promise<OldAndNew> {
  const sorted = [...rollout.sets].sort(byCreation)
  // of several with the same template the oldest counts
  const found = sorted.find(set => sameTemplate(set.spec?.template, rollout.deployment.spec?.template))
  const old = sorted.filter(set => set !== found)
  const revision = nextRevision(old)
  const newSet =
    found !== undefined
      ? await refresh(rollout, found, revision)
      : missing === 'create'
        ? await createNew(rollout, old, revision)
        : undefined
  return { newSet, old, all: newSet === undefined ? old : [...old, newSet] }
}

async function refresh(rollout: Rollout, set: ReplicaSet, revision: bigint): Promise<ReplicaSet> {
  const { deployment } = rollout
  const annotations = annotationsFor(deployment, set, revision, 'existing')
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0
  if (annotations !== undefined || (set.spec?.minReadySeconds ?? 0) !== minReadySeconds)
    return rollout.updateSet({
      ...set,
      metadata: { ...set.metadata, annotations: annotations ?? set.metadata?.annotations ?? {} },
      spec: { ...set.spec, minReadySeconds } as NonNullable<ReplicaSet['spec']>,
    })
  let changed = takeRevision(rollout, set.metadata?.annotations?.[revisionAnnotation] ?? '')
  let status = deployment.status ?? {}
  if (hasProgressDeadline(deployment) && rollout.progress === undefined) {
    const message = `Found new replica set "${set.metadata?.name}"`
    status = withCondition(status, condition('Progressing', 'True', 'FoundNewReplicaSet', message, rollout.now()))
    changed = true
  }
  if (changed) await rollout.writeStatus(status)
  return set
}

/** The Deployment has the revision of its newest ReplicaSet. */
function takeRevision(rollout: Rollout, revision: string): boolean {
  const annotations = rollout.deployment.metadata?.annotations ?? {}
  if (annotations[revisionAnnotation] === revision) return false
  rollout.annotate({ ...annotations, [revisionAnnotation]: revision })
  return true
}

async function createNew(rollout: Rollout, old: readonly ReplicaSet[], revision: bigint): Promise<ReplicaSet> {
  const { client, signal } = rollout.deps
  const wanted = newReplicaSet(rollout, old, revision)
  const { name = '', namespace = '' } = wanted.metadata ?? {}
  const deadline = hasProgressDeadline(rollout.deployment)
  let created: ReplicaSet
  let existed = false
  try {
    created = await client.create<ReplicaSet>(resources.replicaSets, wanted, { signal })
  } catch (error) {
    if (isAlreadyExists(error)) {
      const present = await client.get<ReplicaSet>(resources.replicaSets, { namespace, name }, { signal })
      const ours = controllerOf(present)?.uid === rollout.deployment.metadata?.uid
      if (!ours || !sameTemplate(present.spec?.template, rollout.deployment.spec?.template)) {
        // two templates of one hash: the next look takes another name
        const { status } = rollout.deployment
        await rollout.writeStatus({ ...status, collisionCount: (status?.collisionCount ?? 0) + 1 })
        throw error
      }
      created = present
      existed = true
    } else {
      if (isNamespaceTerminating(error) || signal.aborted) throw error
      const message = `Failed to create new replica set "${name}": ${(error as Error).message}`
      if (deadline) {
        const failed = condition('Progressing', 'False', 'ReplicaSetCreateError', message, rollout.now())
        // what went wrong first is what the queue should hear of
        await rollout.writeStatus(withCondition(rollout.deployment.status ?? {}, failed)).catch(() => undefined)
      }
      rollout.event('Warning', 'ReplicaSetCreateError', message)
      throw error
    }
  }
  const size = wanted.spec?.replicas ?? 0
  if (!existed && size > 0)
    rollout.event('Normal', 'ScalingReplicaSet', `Scaled up replica set ${name} from 0 to ${size}`)
  let changed = takeRevision(rollout, String(revision))
  let status = rollout.deployment.status ?? {}
  if (!existed && deadline) {
    const message = `Created new replica set "${name}"`
    status = withCondition(status, condition('Progressing', 'True', 'NewReplicaSetCreated', message, rollout.now()))
    changed = true
  }
  if (changed) await rollout.writeStatus(status)
  return rollout.take(created)
}

/** Its name follows from the template, so that made twice it is made once. */
function newReplicaSet(rollout: Rollout, old: readonly ReplicaSet[], revision: bigint): ReplicaSet {
  const { metadata, spec, status } = rollout.deployment
  const hash = templateHash(spec?.template, status?.collisionCount)
  const labels = { ...spec?.template?.metadata?.labels, [hashLabel]: hash }
  const name = (metadata?.name ?? '').slice(0, maxName - 1 - hash.length)
  const set = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace: metadata?.namespace ?? '',
      labels,
      ownerReferences: [controllerReference(rollout.deployment, 'apps/v1', 'Deployment')],
    },
    spec: {
      replicas: 0,
      minReadySeconds: spec?.minReadySeconds ?? 0,
      selector: { ...spec?.selector, matchLabels: { ...spec?.selector?.matchLabels, [hashLabel]: hash } },
      template: { ...spec?.template, metadata: { ...spec?.template?.metadata, labels } },
    },
  } as ReplicaSet
  const replicas = newReplicas(rollout.deployment, [...old, set], set)
  const annotations = annotationsFor(rollout.deployment, set, revision, 'new') ?? {}
  return {
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...set.spec, replicas } as NonNullable<ReplicaSet['spec']>,
  }
}
