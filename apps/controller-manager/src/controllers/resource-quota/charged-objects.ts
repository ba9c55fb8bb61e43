import type { KubeObject } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { type ChargedClaim, claimCharge, equalLists } from '@kubets/quota'
import type { InformerDefinition } from '../../informers/shared-informer.ts'

export interface ClaimInfo extends ChargedClaim {
  readonly namespace: string
}

export const claimInformer: InformerDefinition<KubeObject, ClaimInfo> = {
  ref: resources.persistentVolumeClaims,
  project: claim => ({ ...claimCharge(claim), namespace: claim.metadata?.namespace ?? '' }),
  indexes: { namespace: ({ namespace }) => namespace },
}

export function chargedTheSame(a: ChargedClaim, b: ChargedClaim): boolean {
  return equalLists(a.usage, b.usage) && a.attributesClasses.join() === b.attributesClasses.join()
}
