import type { KubeObject, Service } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { type ChargedClaim, type ChargedService, chargedService, claimCharge, equalLists } from '@kubets/quota'
import type { InformerDefinition } from '../../informers/shared-informer.ts'

export interface ServiceInfo extends ChargedService {
  readonly namespace: string
}

export interface ClaimInfo extends ChargedClaim {
  readonly namespace: string
}

export const serviceInformer: InformerDefinition<Service, ServiceInfo> = {
  ref: resources.services,
  project: service => ({ ...chargedService(service), namespace: service.metadata?.namespace ?? '' }),
  indexes: { namespace: ({ namespace }) => namespace },
}

export const claimInformer: InformerDefinition<KubeObject, ClaimInfo> = {
  ref: resources.persistentVolumeClaims,
  project: claim => ({ ...claimCharge(claim), namespace: claim.metadata?.namespace ?? '' }),
  indexes: { namespace: ({ namespace }) => namespace },
}

export function chargedTheSame(a: ChargedClaim, b: ChargedClaim): boolean {
  return equalLists(a.usage, b.usage) && a.attributesClasses.join() === b.attributesClasses.join()
}
