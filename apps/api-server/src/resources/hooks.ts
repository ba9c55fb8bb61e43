import type { KubeObject, ResourceEntry } from '@kubets/api-types'
import type { RequestContext } from '../handlers/request-context.ts'

/** Ends what a hook began: the object is stored, or it is not (refused, or a dry run). */
export type Finish = (stored: boolean) => Promise<void>

/** What a kind does beside its object when it is written: Services take addresses and ports, roles must not give away what the writer lacks. */
export interface WriteHook {
  /** Before the strategy and validation, which see what was filled in. Changes the object; throws to refuse. */
  beginCreate?(object: KubeObject, dryRun: boolean, context: RequestContext): Promise<Finish | undefined>
  beginUpdate?(
    object: KubeObject,
    old: KubeObject,
    dryRun: boolean,
    context: RequestContext,
  ): Promise<Finish | undefined>
  /** After the object has gone out of the store. Must not throw. */
  afterDelete?(object: KubeObject): Promise<void>
}

/** `services`, `foos.example.com`: under which name a kind's hook stands. */
export const hookName = ({ group, resource }: Pick<ResourceEntry, 'group' | 'resource'>): string =>
  group === '' ? resource : `${resource}.${group}`
