import type { ControllerRevision, KubeObject, PodTemplateSpec } from '@kubets/api-types'
import { isAlreadyExists, type LabelSelector, semanticEqual } from '@kubets/apimachinery'
import { type Client, type Lister, type ResourceRef, resources } from '@kubets/client'
import { type Claimable, claim } from '../claim.ts'
import type { InformerDefinition } from '../informers/shared-informer.ts'
import { controllerOf, controllerReference } from '../owners.ts'

/** Label of a revision, and of the pods that were made from it. */
export const revisionLabel = 'controller-revision-hash'

/** Templates of the past and the present, of DaemonSets and StatefulSets; found by namespace. */
export const controllerRevisionInformer: InformerDefinition<ControllerRevision, ControllerRevision> = {
  ref: resources.controllerRevisions,
  project: object => ({ ...object, apiVersion: 'apps/v1', kind: 'ControllerRevision' }),
  indexes: { namespace: object => object.metadata?.namespace ?? '' },
}

/**
 * A template as a patch that puts it in place of another: what `kubectl rollout undo` sends. Its members are in the order of their names: patches of
 * the revision would put them so, and its data must not change.
 */
export function templatePatch(template: PodTemplateSpec | undefined): object {
  return inOrder({ spec: { template: { ...template, $patch: 'replace' } } }) as object
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, inOrder(member)]),
  )
}

export const matchesTemplate = (revision: ControllerRevision, template: PodTemplateSpec | undefined) =>
  semanticEqual(revision.data, templatePatch(template))

export const highestRevision = (revisions: readonly ControllerRevision[]) =>
  revisions.reduce((highest, { revision }) => Math.max(highest, revision), 0)

interface ClaimableRevision extends Claimable {
  readonly revision: ControllerRevision
}

/** The revisions of an owner; those that it selects and nobody owns are adopted. */
export async function claimRevisions(options: {
  client: Pick<Client, 'get' | 'patch'>
  owner: KubeObject
  ownerRef: ResourceRef
  selector: LabelSelector
  revisions: Lister<ControllerRevision>
  signal: AbortSignal
}): Promise<ControllerRevision[]> {
  const { revisions, owner, ...rest } = options
  const candidates = revisions.byIndex('namespace', owner.metadata?.namespace ?? '').map(claimable)
  const claimed = await claim({ ...rest, owner, apiVersion: 'apps/v1', ref: resources.controllerRevisions }, candidates)
  return claimed.map(({ revision }) => revision)
}

function claimable(revision: ControllerRevision): ClaimableRevision {
  const { name = '', namespace = '', uid = '', labels = {}, deletionTimestamp } = revision.metadata ?? {}
  const deleting = (deletionTimestamp ?? '') !== ''
  return { revision, name, namespace, uid, labels, controller: controllerOf(revision), deleting }
}

/**
 * Makes the revision of a template under the name that its hash gives. Nothing when another template has that name: the caller
 * counts the collision and looks again.
 */
export async function createRevision(options: {
  client: Pick<Client, 'get' | 'create'>
  owner: KubeObject
  ownerKind: string
  template: PodTemplateSpec | undefined
  hash: string
  revision: number
  signal: AbortSignal
}): Promise<ControllerRevision | undefined> {
  const { client, owner, ownerKind, template, hash, revision, signal } = options
  const { name: ownerName = '', namespace = '', annotations } = owner.metadata ?? {}
  const name = `${ownerName}-${hash}`
  const wanted = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace,
      labels: { ...template?.metadata?.labels, [revisionLabel]: hash },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerReference(owner, 'apps/v1', ownerKind)],
    },
    data: templatePatch(template),
    revision,
  } as ControllerRevision
  try {
    return await client.create<ControllerRevision>(resources.controllerRevisions, wanted, { signal })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    const key = { namespace, name }
    const present = await client.get<ControllerRevision>(resources.controllerRevisions, key, { signal })
    return matchesTemplate(present, template) ? present : undefined
  }
}
