import type { ResourceEntry } from '@kubets/api-types'
import { conflict, forbidden, notFound, preconditionFailed, success } from '@kubets/apimachinery'
import type { RequestContext } from '../handlers/request-context.ts'
import { warn } from '../handlers/respond.ts'
import { hubOf } from './codec.ts'
import { type DeleteOptions, deleteOptions } from './delete-options.ts'
import { beginDeletion, beginOwnDeletion, beginsItself } from './deletion.ts'
import { guaranteedUpdate, type Outcome } from './guaranteed-update.ts'
import { respondValue, respondWritten } from './respond-object.ts'
import { keyOf, type Rest, type Stored, type Verb } from './rest.ts'

export const deleteOne: Verb = async (rest, context, entry) => {
  const { info } = context
  const options = await deleteOptions(rest, context)
  warnOfOrphans(context, entry, options)
  const { undeletable = {} } = entry
  if (Object.hasOwn(undeletable, info.name)) throw forbidden(entry, info.name, undeletable[info.name] ?? '')
  const outcome = await deleteObject(rest, context, entry, info.namespace, info.name, options, beginOwnDeletion)
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
  // only whoever asks in the old way for dependents to go too is told that it is not done yet
  const accepted = !gone && options.orphanDependents === false
  return respondWritten(rest, context, entry, accepted ? 202 : 200, outcome.bytes, outcome.revision)
}

/** Some kinds leave their dependents behind unless they are told otherwise: whoever tells nothing is told. */
export function warnOfOrphans(context: RequestContext, entry: ResourceEntry, options: DeleteOptions): void {
  if (entry.deletionWarning === undefined) return
  if (options.propagationPolicy === undefined && options.orphanDependents === undefined) {
    warn(context, entry.deletionWarning)
  }
}

/** Deletes one object, or marks it as being deleted where something has to happen first: a grace period, finalizers. */
export function deleteObject(
  rest: Rest,
  context: RequestContext,
  entry: ResourceEntry,
  namespace: string,
  name: string,
  options: DeleteOptions,
  begin: typeof beginDeletion = beginDeletion,
): Promise<Outcome> {
  return guaranteedUpdate(rest, entry, {
    key: keyOf(entry, namespace, name),
    about: { group: entry.group, resource: entry.resource, name },
    dryRun: options.dryRun,
    async change(current) {
      if (current === undefined) throw notFound(entry, name)
      checkPreconditions(entry, name, current, options)
      const deletion = begin(entry, current.object, options, rest.clock.now())
      if (deletion.do === 'nothing') return deletion
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
        context,
      })
      return deletion
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
  // kinds that begin their deletes themselves have words of their own
  const isNamespace = entry.group === '' && entry.resource === 'namespaces'
  if (isNamespace || beginsItself(entry, current.object)) {
    if (uid !== undefined && uid !== meta.uid) throw preconditionFailed(entry, name, 'UID', uid, meta.uid ?? '')
    if (resourceVersion !== undefined && resourceVersion !== meta.resourceVersion)
      throw preconditionFailed(entry, name, 'ResourceVersion', resourceVersion, meta.resourceVersion ?? '')
    return
  }
  // upstream names the kind where other conflicts name the resource
  const { group, kind: resource } = hubOf(entry)
  const about = { group, resource }
  if (uid !== undefined && uid !== meta.uid)
    throw conflict(
      about,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${meta.uid ?? ''}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion !== undefined && resourceVersion !== meta.resourceVersion)
    throw conflict(
      about,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${meta.resourceVersion ?? ''}). The object might have been modified`,
    )
}
