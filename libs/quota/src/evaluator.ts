import type { ResourceList } from './resource-list.ts'
import type { ScopeRequirement } from './scopes.ts'

/** Knows what the objects of one collection count for. Pure: who has the objects lists them. */
export interface Evaluator<T> {
  readonly group: string
  /** Plural: `pods`. */
  readonly resource: string
  /** Those of a quota's resource names that this collection counts for. */
  matchingResources(names: readonly string[]): string[]
  matchesScope(requirement: ScopeRequirement, object: T): boolean
  /** `now` in milliseconds. */
  usage(object: T, now: number): ResourceList
}

/** For collections that know no scopes: no object is in one. */
export const inNoScope = () => false
