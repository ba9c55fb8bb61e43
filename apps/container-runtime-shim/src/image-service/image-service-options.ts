import type { Clock, Logger } from '@kubets/component'
import type { Dial } from '../images/registry/dial.ts'
import type { RegistryConfig } from '../images/registry/hosts.ts'
import type { WritableImageStore } from '../images/store.ts'

export interface ImageServiceOptions {
  store: WritableImageStore
  /** How pulls connect. */
  dial: Dial
  registries: RegistryConfig
  logger: Logger
  clock?: Clock
}
