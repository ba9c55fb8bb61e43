import type { KubeObject } from '@kubets/api-types'

/** What a kind does beside its object when it is written: Services take addresses and ports. */
export interface WriteHook {
  /** After validation, before the store. Changes the object; throws to refuse. What it returns gives back what was taken when the write fails. */
  beginCreate?(object: KubeObject, dryRun: boolean): (() => void) | undefined
  beginUpdate?(object: KubeObject, old: KubeObject, dryRun: boolean): (() => void) | undefined
}
