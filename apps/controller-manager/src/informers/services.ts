import type { Service } from '@kubets/api-types'
import { resources } from '@kubets/client'
import { type ChargedService, chargedService } from '@kubets/quota'
import type { InformerDefinition } from './shared-informer.ts'

export interface ServiceInfo extends ChargedService {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  /** Undefined: somebody else says where the Service leads. */
  readonly selector: Readonly<Record<string, string>> | undefined
  readonly ports: NonNullable<NonNullable<Service['spec']>['ports']>
  /** Empty or `None` where there is no address to reach it by. */
  readonly clusterIp: string
  readonly ipFamilies: readonly string[]
  readonly publishNotReadyAddresses: boolean
}

export const serviceInformer: InformerDefinition<Service, ServiceInfo> = {
  ref: resources.services,
  project: service => ({
    ...chargedService(service),
    namespace: service.metadata?.namespace ?? '',
    name: service.metadata?.name ?? '',
    uid: service.metadata?.uid ?? '',
    labels: service.metadata?.labels ?? {},
    selector: service.spec?.selector,
    ports: service.spec?.ports ?? [],
    clusterIp: service.spec?.clusterIP ?? '',
    ipFamilies: service.spec?.ipFamilies ?? [],
    publishNotReadyAddresses: service.spec?.publishNotReadyAddresses === true,
  }),
  indexes: { namespace: ({ namespace }) => namespace },
}

export const isHeadless = ({ clusterIp }: ServiceInfo) => clusterIp === '' || clusterIp === 'None'
