import type { Deployment, DeploymentStatus, ReplicaSet } from '@kubets/api-types'
import { isNotFound, semanticEqual } from '@kubets/apimachinery'
import { type Client, type EventRecorder, type Outcome, resources } from '@kubets/client'
import type { Clock } from '@kubets/component'
import type { PodInfo } from '../../pods/pod-info.ts'
import { findCondition } from './conditions.ts'
import { replicasAnnotations, revisionOf } from './revision.ts'
import { byCreation, replicasOf } from './sizes.ts'
import { historyLimit, progressCheck, rolloutStatus, statusOf } from './status.ts'

export interface DeploymentDeps {
  client: Pick<Client, 'get' | 'create' | 'update' | 'patch' | 'delete'>
  events: EventRecorder
  clock: Clock
  signal: AbortSignal
}

/** One look at a Deployment: what it is, as we write it, and which ReplicaSets it has. */
export class Rollout {
  readonly deps: DeploymentDeps
  /** Those that it controls. */
  sets: readonly ReplicaSet[]
  readonly podsOf: (set: ReplicaSet) => readonly PodInfo[]
  /** Replaced by what the server answers to each write, so that our own writes are no conflicts. */
  deployment: Deployment

  constructor(
    deps: DeploymentDeps,
    deployment: Deployment,
    sets: readonly ReplicaSet[],
    podsOf: (set: ReplicaSet) => readonly PodInfo[],
  ) {
    this.deps = deps
    this.deployment = deployment
    this.sets = sets
    this.podsOf = podsOf
  }

  now(): number {
    return this.deps.clock.now()
  }

  event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.deps.events.event(this.deployment, type, reason, message)
  }

  /** Writes the status together with the annotations, which carry the revision. */
  async writeStatus(status: DeploymentStatus): Promise<void> {
    const next = { ...this.deployment, status }
    const written = await this.deps.client.update<Deployment>(resources.deployments, next, {
      subresource: 'status',
      signal: this.deps.signal,
    })
    this.deployment = { ...written, apiVersion: 'apps/v1', kind: 'Deployment' }
  }

  annotate(annotations: Record<string, string>): void {
    const { metadata } = this.deployment
    this.deployment = { ...this.deployment, metadata: { ...metadata, annotations } }
  }

  /** Outside of rollouts: counts and availability alone. */
  async syncStatus(all: readonly ReplicaSet[], newSet: ReplicaSet | undefined): Promise<Outcome> {
    const status = statusOf(this.deployment, all, newSet, this.now())
    if (!sameStatus(this.deployment.status, status)) await this.writeStatus(status)
    return undefined
  }

  async syncRolloutStatus(all: readonly ReplicaSet[], newSet: ReplicaSet | undefined): Promise<Outcome> {
    const status = rolloutStatus(this.deployment, all, newSet, this.now())
    if (!sameStatus(this.deployment.status, status)) {
      await this.writeStatus(status)
      return undefined
    }
    const ms = progressCheck(this.deployment, status, this.now())
    return ms === undefined ? undefined : { requeueAfter: ms }
  }

  /** Gives a ReplicaSet another size. `always` also brings its annotations up to date where the size stays. */
  async scale(
    set: ReplicaSet,
    size: number,
    when: 'always' | 'changed' = 'changed',
  ): Promise<{ scaled: boolean; set: ReplicaSet }> {
    const old = replicasOf(set)
    if (when === 'changed' && old === size) return { scaled: false, set }
    const annotations = replicasAnnotations(this.deployment)
    const current = set.metadata?.annotations ?? {}
    const stale = Object.entries(annotations).some(([key, value]) => current[key] !== value)
    if (old === size && !stale) return { scaled: false, set }
    const updated = await this.updateSet({
      ...set,
      metadata: { ...set.metadata, annotations: { ...current, ...annotations } },
      spec: { ...set.spec, replicas: size } as NonNullable<ReplicaSet['spec']>,
    })
    if (old === size) return { scaled: false, set: updated }
    const direction = old < size ? 'up' : 'down'
    const message = `Scaled ${direction} replica set ${set.metadata?.name} from ${old} to ${size}`
    this.event('Normal', 'ScalingReplicaSet', message)
    return { scaled: true, set: updated }
  }

  async updateSet(set: ReplicaSet): Promise<ReplicaSet> {
    const { client, signal } = this.deps
    const updated = await client.update<ReplicaSet>(resources.replicaSets, set, { signal })
    return this.take(updated)
  }

  /** What the server has now of a ReplicaSet takes the place of what we had. */
  take(stored: ReplicaSet): ReplicaSet {
    const set: ReplicaSet = { ...stored, apiVersion: 'apps/v1', kind: 'ReplicaSet' }
    const uid = set.metadata?.uid
    this.sets = [...this.sets.filter(({ metadata }) => metadata?.uid !== uid), set]
    return set
  }

  /** Deletes the oldest ReplicaSets beyond the history that the Deployment keeps, if they are empty. */
  async cleanUp(old: readonly ReplicaSet[]): Promise<void> {
    const limit = historyLimit(this.deployment)
    if (limit === undefined) return
    const { client, signal } = this.deps
    const alive = old.filter(({ metadata }) => !metadata?.deletionTimestamp)
    const surplus = Math.max(0, alive.length - limit)
    for (const set of [...alive].sort(byRevision).slice(0, surplus)) {
      const { name = '', namespace = '', generation = 0 } = set.metadata ?? {}
      if ((set.status?.replicas ?? 0) !== 0 || replicasOf(set) !== 0) continue
      if (generation > (set.status?.observedGeneration ?? 0)) continue
      await client.delete(resources.replicaSets, { namespace, name }, { signal }).catch(unlessNotFound)
    }
  }

  get progress() {
    return findCondition(this.deployment.status, 'Progressing')
  }
}

/** Counts of 0 are not stored: unset says the same. */
function sameStatus(a: DeploymentStatus = {}, b: DeploymentStatus = {}): boolean {
  const counted = (status: DeploymentStatus) => Object.fromEntries(Object.entries(status).filter(([, v]) => v !== 0))
  return semanticEqual(counted(a), counted(b))
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}

function byRevision(a: ReplicaSet, b: ReplicaSet): number {
  const [x, y] = [revisionOf(a), revisionOf(b)]
  return x === undefined || y === undefined || x === y ? byCreation(a, b) : x < y ? -1 : 1
}
