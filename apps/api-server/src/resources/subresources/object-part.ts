import { get } from '../get.ts'
import { patch } from '../patch.ts'
import { methodNotAllowed, type SubresourceHandler } from '../router.ts'
import { update } from '../update.ts'

/** A subresource that is a view of the object itself (`status`, `ephemeralcontainers`, `resize`, `finalize`, `approval`): the strategy says what it may change. */
export const objectPart: SubresourceHandler = (rest, context, entry) => {
  const { info } = context
  const allowed = entry.subresources[info.subresource]?.verbs ?? []
  if (!allowed.includes(info.verb as never)) throw methodNotAllowed()
  switch (info.verb) {
    case 'get':
      return get(rest, context, entry)
    case 'update':
      return update(rest, context, entry)
    case 'patch':
      return patch(rest, context, entry)
    default:
      throw methodNotAllowed()
  }
}
