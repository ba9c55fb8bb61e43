import { internalForm, type PersistentVolumeClaim, unifiedDiff } from '@kubets/api-types'
import { goQuote, semanticEqual } from '@kubets/apimachinery'
import { type NodeRequest, refuse } from './refuse.ts'

/** A kubelet tells how large a claim's volume has become. */
export function admitClaim(request: NodeRequest): undefined {
  if (request.subresource !== 'status') throw refuse(request, 'may only update PVC status')
  if (request.operation !== 'UPDATE') throw refuse(request, `unexpected operation ${goQuote(request.operation)}`)
  const [old, now] = [fixed(request.oldObject), fixed(request.object)]
  if (semanticEqual(old, now)) return undefined
  const changes = unifiedDiff(shown(old), shown(now))
  const why = `is not allowed to update fields other than status.quantity and status.conditions: ${changes}`
  throw refuse(request, `node ${goQuote(request.node)} ${why}`)
}

const shown = (claim: PersistentVolumeClaim) => internalForm('io.k8s.api.core.v1.PersistentVolumeClaim', claim)

/** What must stay as it is. */
function fixed(claim: unknown): PersistentVolumeClaim {
  const { metadata, status, ...rest } = claim as PersistentVolumeClaim
  const { resourceVersion: _, managedFields: __, ...meta } = metadata ?? {}
  const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...others } = status ?? {}
  return { ...rest, metadata: meta, status: others }
}
