import type { KubeObject, Pod } from '@kubets/api-types'
import { ApiError, isNotFound } from '@kubets/apimachinery'
import { type Client, type ObjectList, resources } from '@kubets/client'
import type { Discovered, ServerResource } from '../../discovery/server-resources.ts'
import type { DeletionReport } from './conditions.ts'

export interface ContentDeletion {
  client: Pick<Client, 'list' | 'delete' | 'deleteCollection'>
  discovered: Discovered
  namespace: string
  /** Milliseconds since the epoch. */
  deletedAt: number
  now: number
  signal: AbortSignal
}

/** Seconds that objects with finalizers are given before the next look. */
const finalizerEstimate = 15

interface Remains {
  /** Seconds until what is left may be gone; 0 says nothing. */
  estimate: number
  count: number
  finalizers: Map<string, number>
  failure?: Error
}

/**
 * Deletes everything that a namespace holds, pods first and alone until they are gone: what they need to end well
 * (secrets, network policies) stays until then. The estimate is in seconds; above 0 something is left.
 */
export async function deleteContent(
  deletion: ContentDeletion,
): Promise<{ report: DeletionReport; estimate: number; errors: Error[] }> {
  const { discovered } = deletion
  const report: DeletionReport = { contentFailures: [], remaining: new Map(), finalizers: new Map(), complete: false }
  const errors: Error[] = []
  let estimate = 0
  if (discovered.failed.length > 0) {
    const text = `unable to retrieve the complete list of server APIs: ${discovered.failed.map(gv => `${gv}: stale GroupVersion discovery: ${gv}`).join(', ')}`
    report.discoveryFailure = `Discovery failed for some groups, ${discovered.failed.length} failing: ${text}`
    errors.push(new Error(text))
  }
  const note = (resource: ServerResource, remains: Remains, prefix = '') => {
    estimate = Math.max(estimate, remains.estimate)
    if (remains.count > 0) report.remaining.set(`${resource.resource}.${resource.group}`, remains.count)
    for (const [finalizer, count] of remains.finalizers)
      report.finalizers.set(finalizer, (report.finalizers.get(finalizer) ?? 0) + count)
    if (remains.failure === undefined) return
    errors.push(prefix === '' ? remains.failure : new Error(`${prefix}${remains.failure.message}`))
    report.contentFailures.push(remains.failure.message)
  }
  const content = discovered.resources.filter(({ namespaced, verbs, preferred, resource }) => {
    return namespaced && preferred && verbs.has('delete') && !resource.includes('/')
  })
  const pods = content.find(({ group, resource }) => group === '' && resource === 'pods')
  if (pods !== undefined) {
    const failed = `failed to delete pods for namespace: ${deletion.namespace}, err: `
    note(pods, await deleteCollectionOf(deletion, pods), failed)
    // upstream: while pods remain the totals are not written, only failures are
    if (report.remaining.size > 0) return { report, estimate, errors }
  }
  for (const resource of content) {
    if (resource === pods) continue
    if (deletion.signal.aborted) break
    note(resource, await deleteCollectionOf(deletion, resource))
  }
  report.complete = true
  return { report, estimate, errors }
}

async function deleteCollectionOf(deletion: ContentDeletion, resource: ServerResource): Promise<Remains> {
  const nothing = new Map<string, number>()
  let estimate = 0
  try {
    if (resource.group === '' && resource.resource === 'pods') estimate = await gracefulSeconds(deletion)
    if (!(await deleteAll(deletion, resource))) await deleteEach(deletion, resource)
    const left = await listMetadata(deletion, resource)
    if (left === undefined) return { estimate, count: 0, finalizers: nothing }
    const count = left.length
    if (count === 0) return { estimate: 0, count, finalizers: nothing }
    const finalizers = new Map<string, number>()
    for (const { metadata } of left)
      for (const finalizer of metadata?.finalizers ?? [])
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1)
    if (estimate > 0) return { estimate, count, finalizers }
    if (finalizers.size > 0) return { estimate: finalizerEstimate, count, finalizers }
    const { group, version, resource: name } = resource
    const failure = new Error(
      `unexpected items still remain in namespace: ${deletion.namespace} for gvr: ${group}/${version}, Resource=${name}`,
    )
    return { estimate, count, finalizers, failure }
  } catch (error) {
    if (!(error instanceof Error) || deletion.signal.aborted) throw error
    return { estimate, count: 0, finalizers: nothing, failure: error }
  }
}

/** The longest that the pods may take to end, as long as that time has not gone by since the namespace was deleted. */
async function gracefulSeconds({ client, namespace, deletedAt, now, signal }: ContentDeletion): Promise<number> {
  const { items } = await client.list<Pod>(resources.pods, { namespace, signal })
  let longest = 0
  for (const { spec, status } of items) {
    if (status?.phase === 'Succeeded' || status?.phase === 'Failed') continue
    longest = Math.max(longest, spec?.terminationGracePeriodSeconds ?? 0)
  }
  return now - deletedAt >= longest * 1_000 ? 0 : longest
}

/** `false` where the server has no such request. */
async function deleteAll({ client, namespace, signal }: ContentDeletion, resource: ServerResource): Promise<boolean> {
  if (!resource.verbs.has('deletecollection')) return false
  try {
    await client.deleteCollection(resource, { namespace, propagationPolicy: 'Background', signal })
    return true
  } catch (error) {
    if (isNotFound(error) || isMethodNotSupported(error)) return false
    throw error
  }
}

async function deleteEach(deletion: ContentDeletion, resource: ServerResource): Promise<void> {
  const { client, namespace, signal } = deletion
  for (const { metadata } of (await listMetadata(deletion, resource)) ?? []) {
    const key = { namespace, name: metadata?.name ?? '' }
    try {
      await client.delete(resource, key, { propagationPolicy: 'Background', signal })
    } catch (error) {
      if (!isNotFound(error) && !isMethodNotSupported(error)) throw error
    }
  }
}

/** Nothing where the server cannot list. */
async function listMetadata(deletion: ContentDeletion, resource: ServerResource): Promise<KubeObject[] | undefined> {
  const { client, namespace, signal } = deletion
  if (!resource.verbs.has('list')) return undefined
  try {
    const list: ObjectList<KubeObject> = await client.list(resource, { namespace, metadataOnly: true, signal })
    return list.items
  } catch (error) {
    if (isNotFound(error) || isMethodNotSupported(error)) return undefined
    throw error
  }
}

function isMethodNotSupported(error: unknown): boolean {
  return error instanceof ApiError && error.code === 405
}
