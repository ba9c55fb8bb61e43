import type { KubeObject, OwnerReference } from '@kubets/api-types'
import { isNotFound } from '@kubets/apimachinery'
import type { Outcome } from '@kubets/client'
import type { Logger } from '@kubets/component'
import { type DependencyGraph, foregroundFinalizer, orphanFinalizer } from './dependency-graph.ts'
import type { Identity } from './identity.ts'
import type { Node } from './node.ts'
import { NamespacedOwnerError, type Objects, UnknownKindError } from './objects.ts'

export interface CollectorDeps {
  graph: DependencyGraph
  objects: Objects
  /** Looks at a node soon. */
  enqueue(uid: string): void
  logger: Logger
}

/** Milliseconds before a look that led nowhere is repeated; doubled each time. */
const firstRetry = 5
const longestRetry = 1_000_000

/** Looks at an object, and deletes it when all of its owners are gone. */
export async function attemptToDelete(deps: CollectorDeps, uid: string, signal: AbortSignal): Promise<Outcome> {
  const { graph, logger } = deps
  const node = graph.get(uid)
  if (node === undefined) return undefined
  try {
    if ((await deleteIfUnowned(deps, node, signal)) === 'absent') return undefined
  } catch (error) {
    const object = node.identity
    if (error instanceof NamespacedOwnerError) {
      logger.info({ object }, 'An object of the cluster names an owner that has a namespace')
      return undefined
    }
    if (!(error instanceof UnknownKindError)) throw error
    // a custom resource whose definition is not known yet, or a name that means nothing: nobody can tell
    logger.debug({ err: error, object }, 'An object or its owner is of a kind that the server does not have')
    return retryLater(node)
  }
  // what came and went unseen would otherwise stay for ever
  if (node.virtual && graph.get(uid) === node) return retryLater(node)
  node.tries = 0
  return undefined
}

function retryLater(node: Node): Outcome {
  return { requeueAfter: Math.min(longestRetry, firstRetry * 2 ** node.tries++) }
}

async function deleteIfUnowned(deps: CollectorDeps, node: Node, signal: AbortSignal): Promise<'absent' | 'done'> {
  const { graph, objects } = deps
  // its end is certain; those that depend on it are looked at when it comes
  if (node.beingDeleted && !node.deletingDependents) return 'done'
  const { identity } = node
  const latest = await objects.getLive(identity, signal)
  if (latest === undefined) {
    graph.verifyAbsence(identity)
    return 'absent'
  }
  if (node.deletingDependents) {
    await finishForeground(deps, node, signal)
    return 'done'
  }
  const references = latest.metadata?.ownerReferences ?? []
  if (references.length === 0) return 'done'
  const { solid, dangling, waiting } = await classify(deps, node, references, signal)
  if (solid.length > 0) {
    // waiting owners would wait for ever for an object that somebody else keeps
    const useless = [...dangling, ...waiting].map(reference => reference.uid)
    if (useless.length > 0) await objects.dropOwners(identity, useless, signal)
    return 'done'
  }
  if (waiting.length > 0 && node.hasDependents) {
    // two that wait for each other: one of them lets go
    if (node.dependents.some(dependent => dependent.deletingDependents))
      await objects.unblockOwners(identity, node.owners, signal)
    return deleteObject(deps, identity, latest, 'Foreground', signal)
  }
  const finalizers = latest.metadata?.finalizers ?? []
  // how it was asked to be deleted before stays as it is
  const policy = finalizers.includes(orphanFinalizer)
    ? 'Orphan'
    : finalizers.includes(foregroundFinalizer)
      ? 'Foreground'
      : 'Background'
  return deleteObject(deps, identity, latest, policy, signal)
}

async function deleteObject(
  { graph, objects }: CollectorDeps,
  identity: Identity,
  latest: KubeObject,
  policy: 'Orphan' | 'Foreground' | 'Background',
  signal: AbortSignal,
): Promise<'absent' | 'done'> {
  try {
    // as it is now: a patch of ours may have changed it since
    await objects.delete(identity, latest, policy, signal)
    return 'done'
  } catch (error) {
    if (!isNotFound(error)) throw error
    graph.verifyAbsence(identity)
    return 'absent'
  }
}

interface Classified {
  /** Owners that are there. */
  solid: OwnerReference[]
  /** Owners that are not. */
  dangling: OwnerReference[]
  /** Owners that are going, once their dependents are gone. */
  waiting: OwnerReference[]
}

async function classify(
  deps: CollectorDeps,
  node: Node,
  references: readonly OwnerReference[],
  signal: AbortSignal,
): Promise<Classified> {
  const classified: Classified = { solid: [], dangling: [], waiting: [] }
  for (const reference of references) {
    const owner = await ownerOf(deps, node, reference, signal)
    if (owner === undefined) classified.dangling.push(reference)
    else if (owner.metadata?.deletionTimestamp && owner.metadata.finalizers?.includes(foregroundFinalizer))
      classified.waiting.push(reference)
    else classified.solid.push(reference)
  }
  return classified
}

/** The owner that the reference means, or nothing when there is none of that name and uid where it could be. */
async function ownerOf(
  { graph, objects }: CollectorDeps,
  node: Node,
  reference: OwnerReference,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const { apiVersion, kind, name, uid } = reference
  const inNamespace: Identity = { apiVersion, kind, name, uid, namespace: node.identity.namespace }
  const inCluster: Identity = { ...inNamespace, namespace: '' }
  if (graph.absentOwners.has(inCluster) || graph.absentOwners.has(inNamespace)) return undefined
  const { namespaced } = objects.resource(apiVersion, kind)
  const identity = namespaced ? inNamespace : inCluster
  const owner = await objects.getLive(identity, signal)
  if (owner === undefined) graph.absentOwners.add(identity)
  return owner
}

/** An object that waits for its dependents goes when none is left that blocks it; until then these are looked at. */
async function finishForeground({ objects, enqueue }: CollectorDeps, node: Node, signal: AbortSignal): Promise<void> {
  const blocking = node.blockingDependents
  if (blocking.length === 0) return objects.removeFinalizer(node.identity, foregroundFinalizer, signal)
  for (const dependent of blocking) if (!dependent.deletingDependents) enqueue(dependent.identity.uid)
}

/** Frees the dependents of an object that goes without them, and then lets it go. */
export async function attemptToOrphan(
  { graph, objects }: CollectorDeps,
  uid: string,
  signal: AbortSignal,
): Promise<void> {
  const owner = graph.get(uid)
  if (owner === undefined) return
  const ends = await Promise.allSettled(
    owner.dependents.map(async dependent => {
      try {
        await objects.dropOwners(dependent.identity, [uid], signal)
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    }),
  )
  const failed = ends.filter(end => end.status === 'rejected').map(end => end.reason as Error)
  if (failed.length > 0)
    throw new AggregateError(
      failed,
      `failed to orphan dependents of owner ${owner.identity.kind} ${owner.identity.name}: ${failed.map(error => error.message).join(', ')}`,
    )
  await objects.removeFinalizer(owner.identity, orphanFinalizer, signal)
}
