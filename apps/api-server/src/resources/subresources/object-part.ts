import { get } from '../get.ts'
import { patch } from '../patch.ts'
import { refuseTable, resourceRepresentation } from '../representation.ts'
import { methodNotAllowed, type SubresourceHandler } from '../router.ts'
import { update } from '../update.ts'

/** Parts that upstream shows no Table of. */
const withoutTable: ReadonlySet<string> = new Set([
  'apiservices/status',
  'certificatesigningrequests/approval',
  'devicetaintrules/status',
  'pods/ephemeralcontainers',
  'pods/resize',
  'resourceclaims/status',
  'resourcepoolstatusrequests/status',
])

/** A subresource that is a view of the object itself (`status`, `ephemeralcontainers`, `resize`, `finalize`, `approval`): the strategy says what it may change. */
export const objectPart: SubresourceHandler = (rest, context, entry) => {
  const { info } = context
  const allowed = entry.subresources[info.subresource]?.verbs ?? []
  if (!allowed.includes(info.verb as never)) throw methodNotAllowed()
  if (withoutTable.has(`${entry.resource}/${info.subresource}`))
    refuseTable(resourceRepresentation(context.exchange.headers.accept))
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
