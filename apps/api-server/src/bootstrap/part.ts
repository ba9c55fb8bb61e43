import type { Catalogue, KubeObject, ResourceEntry } from '@kubets/api-types'
import type { Followed } from '@kubets/component'
import type { RequestHeaderOptions } from '../authentication/request-headers.ts'
import type { OwnManagers } from '../resources/own-managers.ts'
import type { Rest } from '../resources/rest.ts'
import type { EndpointReconcilerType } from './endpoint-reconciler/index.ts'

export interface BootstrapOptions {
  rest: Rest
  /** What `--runtime-config` leaves on; {@link Rest.catalogue} knows all kinds. */
  served: Catalogue
  advertiseAddress: string
  port: number
  serviceClusterIpRange: string
  endpointReconcilerType: EndpointReconcilerType
  /** How many api-servers there should be, for the reconciler that counts them. */
  apiserverCount: number
  /** PEM of the authorities whose client certificates are believed. */
  clientCa: Followed<string> | undefined
  /** The front proxies that aggregated servers may believe. */
  requestHeaders: RequestHeaderOptions | undefined
  /** Roles decide who may do what. */
  rbac: boolean
}

export type BootstrapObject = readonly [entry: ResourceEntry, object: KubeObject, managers?: OwnManagers | undefined]

/** Some of what every cluster has. Kinds that are not served are left out. */
export interface BootstrapPart {
  /** Made at the start where they are missing; all parts' objects in one transaction in a new cluster. */
  objects?(options: BootstrapOptions): readonly BootstrapObject[]
  /** Keeps them true: once at the start, and then every ten seconds, as upstream. */
  keep?(options: BootstrapOptions): Promise<void>
  /** When the api-server ends in order. */
  stop?(options: BootstrapOptions): Promise<void>
}
