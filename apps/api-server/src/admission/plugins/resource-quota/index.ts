import type { ResourceQuota } from '@kubets/api-types'
import { forbidden } from '@kubets/apimachinery'
import { formatList } from '@kubets/quota'
import { guaranteedUpdate } from '../../../resources/guaranteed-update.ts'
import { ownEntry } from '../../../resources/own-writes.ts'
import { keyOf, type Rest } from '../../../resources/rest.ts'
import { trackOwnWrite } from '../../../resources/steps/managed-fields.ts'
import type { AdmissionPlugin, AdmissionRequest } from '../../admission.ts'
import type { LimitedResource } from '../../configuration/contract.ts'
import { NamespaceIndex } from '../../namespace-index.ts'
import { type Charge, chargeQuota, type Verdict } from './charge.ts'
import { chargeOf } from './charges.ts'
import { refuseUncovered } from './limited.ts'
import { type Quota, quotaOf } from './quota.ts'

/**
 * Charges the quotas of a namespace for what is created in it, each in one write of its own, and refuses what is too much. It is asked
 * last; a write that fails after it stays charged until the quota's controller counts again, as upstream.
 */
export function resourceQuota(rest: () => Rest, limited: readonly LimitedResource[] = []): AdmissionPlugin {
  let index: NamespaceIndex<Quota> | undefined
  return {
    name: 'ResourceQuota',
    validate(request) {
      const { operation, namespace } = request
      if (operation === 'DELETE' || namespace === '') return undefined
      index ??= new NamespaceIndex(rest().cache, '/registry/resourcequotas/', quotaOf)
      const quotas = index.list(namespace)
      if (quotas.length === 0 && limited.length === 0) return undefined
      return charge(rest(), request, quotas, limited)
    },
  }
}

async function charge(
  rest: Rest,
  request: AdmissionRequest,
  quotas: readonly Quota[],
  limited: readonly LimitedResource[],
): Promise<void> {
  const charged = chargeOf(request, rest.clock.now())
  if (charged === undefined) return
  if (limited.length > 0) refuseUncovered(request, charged, quotas, limited)
  // all are asked before the first is charged
  const due = quotas.filter(quota => admitted(request, chargeQuota(quota, charged)) !== undefined)
  if (request.dryRun) return
  for (const { name } of due) await take(rest, request, name, charged)
}

/** The new usage, if the quota counts the write. Throws where it refuses. */
function admitted({ entry, name }: AdmissionRequest, verdict: Verdict) {
  if (verdict.is === 'refused') throw forbidden(entry, name, verdict.why)
  return verdict.is === 'charged' ? verdict.used : undefined
}

async function take(rest: Rest, request: AdmissionRequest, name: string, charged: Charge): Promise<void> {
  const entry = ownEntry(rest, '', 'resourcequotas')
  const gone = new Error('the quota is no more')
  try {
    await guaranteedUpdate(rest, entry, {
      key: keyOf(entry, request.namespace, name),
      about: { group: '', resource: 'resourcequotas', name },
      dryRun: false,
      change(current) {
        if (current === undefined) throw gone
        const used = admitted(request, chargeQuota(quotaOf(current.object), charged))
        if (used === undefined) return { do: 'nothing' }
        const { status } = current.object as ResourceQuota
        const object: ResourceQuota = { ...current.object, status: { ...status, used: formatList(used) } }
        if (object.metadata !== undefined) object.metadata = { ...object.metadata }
        trackOwnWrite(rest, entry, object, current.object, 'status')
        return { do: 'put', object }
      },
    })
  } catch (error) {
    if (error !== gone) throw error
  }
}
