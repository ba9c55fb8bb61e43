import type { KubeObject, Namespace, ResourceEntry } from '@kubets/api-types'
import { conflict, formatTime, notFound, success } from '@kubets/apimachinery'
import type { RequestContext } from '../handlers/request-context.ts'
import { type DeleteOptions, deleteOptions } from './delete-options.ts'
import { guaranteedUpdate, type Outcome, type Wanted } from './guaranteed-update.ts'
import { respondValue, respondWritten } from './respond-object.ts'
import { keyOf, type Rest, type Stored, type Verb } from './rest.ts'

export const deleteOne: Verb = async (rest, context, entry) => {
  const { info } = context
  const options = await deleteOptions(rest, context)
  const outcome = await deleteObject(rest, context, entry, info.namespace, info.name, options)
  const gone = outcome.wanted === 'delete'
  if (gone && !entry.deleteReturnsObject) {
    const uid = rest.codec.decode(entry, outcome.bytes).metadata?.uid
    const details = {
      name: info.name,
      ...(entry.group === '' ? {} : { group: entry.group }),
      kind: entry.resource,
      ...(uid === undefined ? {} : { uid }),
    }
    return respondValue(context, 200, success(details))
  }
  const accepted = !gone && options.orphanDependents === false
  return respondWritten(rest, context, entry, accepted ? 202 : 200, outcome.bytes, outcome.revision)
}

/** Deletes one object, or marks it as being deleted where something has to happen first: a grace period, finalizers. */
export function deleteObject(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  namespace: string,
  name: string,
  options: DeleteOptions,
): Promise<Outcome> {
  return guaranteedUpdate(rest, entry, {
    key: keyOf(entry, namespace, name),
    about: { group: entry.group, resource: entry.resource, name },
    dryRun: options.dryRun,
    async change(current) {
      if (current === undefined) throw notFound(entry, name)
      checkPreconditions(entry, name, current, options)
      await rest.admission.validate({
        operation: 'DELETE',
        entry,
        namespace,
        name,
        subresource: '',
        object: undefined,
        oldObject: current.object,
        user: context.user,
        dryRun: options.dryRun,
      })
      return beginDelete(rest, entry, name, current.object, options)
    },
  })
}

function checkPreconditions(
  entry: ResourceEntry,
  name: string,
  current: Stored,
  { preconditions }: DeleteOptions,
): void {
  const { uid, resourceVersion } = preconditions
  const meta = current.object.metadata ?? {}
  if (uid !== undefined && uid !== meta.uid)
    throw conflict(
      entry,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${meta.uid ?? ''}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion !== undefined && resourceVersion !== meta.resourceVersion)
    throw conflict(
      entry,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${meta.resourceVersion ?? ''}). The object might have been modified`,
    )
}

function beginDelete(
  rest: Rest,
  entry: ResourceEntry,
  name: string,
  object: KubeObject,
  options: DeleteOptions,
): Wanted {
  if (entry.group === '' && entry.resource === 'namespaces')
    return beginNamespaceDelete(rest, name, object as Namespace)
  const now = rest.clock.now()
  const meta = { ...object.metadata }
  // a negative time of grace means one second
  const requested = (options.gracePeriodSeconds ?? 0) < 0 ? 1 : options.gracePeriodSeconds
  // propagationPolicy is read and checked; the finalizers of Foreground and Orphan are not set while no garbage collector takes them away again
  const held = (meta.finalizers ?? []).length > 0
  const graceful = entry.strategy.gracePeriod

  if ((meta.deletionTimestamp ?? '') !== '') {
    // being deleted already: the time may only become shorter
    const left = meta.deletionGracePeriodSeconds ?? 0
    if (graceful === undefined || requested === undefined || requested >= left) {
      if (graceful === undefined && !held) return { do: 'delete' }
      // zero grace and nothing that holds it: what a crash between the two writes left behind
      if (left === 0 && !held) return { do: 'delete' }
      return { do: 'nothing' }
    }
    if (requested === 0 && !held) return { do: 'delete' }
    const began = Date.parse(String(meta.deletionTimestamp)) - left * 1000
    meta.deletionTimestamp = formatTime(began + requested * 1000)
    meta.deletionGracePeriodSeconds = requested
    return { do: 'put', object: { ...object, metadata: meta } }
  }

  const grace = graceful === undefined ? 0 : graceful(object, requested)
  if (grace === 0 && !held) return { do: 'delete' }
  meta.deletionTimestamp = formatTime(now + grace * 1000)
  meta.deletionGracePeriodSeconds = grace
  // a change of the desired state: its observers compare generations
  if (meta.generation !== undefined && meta.generation > 0) meta.generation++
  return { do: 'put', object: { ...object, metadata: meta } }
}

/** A namespace ends in two steps: Terminating until its finalizers are gone (spec and metadata), then deleted. */
function beginNamespaceDelete(rest: Rest, name: string, namespace: Namespace): Wanted {
  const finalizers = namespace.spec?.finalizers ?? []
  const metaFinalizers = namespace.metadata?.finalizers ?? []
  if ((namespace.metadata?.deletionTimestamp ?? '') !== '') {
    if (finalizers.length > 0)
      throw conflict(
        'namespaces',
        name,
        'The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will automatically be purged by the system.',
      )
    return metaFinalizers.length === 0 ? { do: 'delete' } : { do: 'nothing' }
  }
  if (finalizers.length === 0 && metaFinalizers.length === 0) return { do: 'delete' }
  return {
    do: 'put',
    object: {
      ...namespace,
      metadata: { ...namespace.metadata, deletionTimestamp: formatTime(rest.clock.now()) } as never,
      status: { ...namespace.status, phase: 'Terminating' },
    } as KubeObject,
  }
}
