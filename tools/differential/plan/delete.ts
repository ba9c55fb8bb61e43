import { placed, type Subject } from './plan.ts'
import type { Json, Step } from './step.ts'

export function deleteSteps({ resource, collection, path, base, corpus, namespace }: Subject): Step[] {
  if (base === undefined) return []
  const steps: Step[] = []
  const remove = (about: string, body?: Json, where = path, query = '', headers?: Record<string, string>): Step => ({
    verb: 'delete',
    about,
    request: {
      method: 'DELETE',
      path: `${where}${query}`,
      ...(body === undefined ? {} : { body }),
      ...(headers ? { headers } : {}),
    },
  })
  if (resource.verbs.includes('delete'))
    steps.push(
      remove('what is missing', undefined, `${path}-missing`),
      // first what changes nothing: a definition is marked for deletion by the first real request, whatever is wrong with its options
      remove('only tried', undefined, path, '?dryRun=All'),
      remove('only tried, in the foreground', { propagationPolicy: 'Foreground', dryRun: ['All'] }),
      remove('only tried, leaving dependents', { propagationPolicy: 'Orphan', dryRun: ['All'] }),
      remove('as a Table', undefined, path, '?dryRun=All', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
      remove('a wrong identifier', { preconditions: { uid: '00000000-0000-0000-0000-000000000000' } }),
      remove('a wrong version', { preconditions: { resourceVersion: '1' } }),
      remove('an unknown propagation', { propagationPolicy: 'Sideways' }),
      remove('two ways at once', { propagationPolicy: 'Orphan', orphanDependents: true }),
      remove('a negative grace period', { gracePeriodSeconds: -1 }, path, '?dryRun=All'),
      remove('a bad dryRun', { dryRun: ['Some'] }),
      remove('another kind', { kind: 'Unheard', apiVersion: 'v1' }),
      remove('a broken body', '{'),
      remove('a bad grace period', undefined, path, '?gracePeriodSeconds=soon'),
      remove('in the foreground', { propagationPolicy: 'Foreground' }, `${collection}/applied`),
      // its custom resources are looked for, and upstream looks again after five seconds
      ...(resource.group === 'apiextensions.k8s.io' ? [{ ...remove('once more', undefined), after: 8_000 }] : []),
      remove('really', { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 }),
      { verb: 'get', about: 'what was deleted', request: { method: 'GET', path } },
    )
  // a cluster-wide collection has what the server itself made, and other kinds' steps need
  if (resource.verbs.includes('deletecollection'))
    steps.push(
      remove('a collection with a bad selector', undefined, collection, '?labelSelector=a%20b'),
      remove('an empty selection', undefined, collection, '?labelSelector=nothing%3Dhere'),
      remove('a selection, only tried', undefined, collection, `?labelSelector=changed&dryRun=All`),
      ...(resource.namespaced ? [remove('the collection', undefined, collection)] : []),
    )
  // leave nothing that another kind's steps could meet
  if (!resource.namespaced && resource.verbs.includes('delete'))
    for (const { body } of corpus.more ?? []) {
      const name = placed(body, resource, namespace).metadata?.name
      if (name !== undefined) steps.push(remove(`the other, ${name}`, undefined, `${collection}/${name}`))
    }
  return steps
}
