import type { KubeObject, ResourceEntry, StrategyContext } from '@kubets/api-types'
import type { Rest } from '../resources/rest.ts'
import type { Verdict } from './contract.ts'
import { verdictOf } from './verdict.ts'

/** What a kind's rules say of an object: at once, or later where something has to be loaded or another thread does it. */
export function judge(
  { validation }: Rest,
  entry: ResourceEntry,
  object: KubeObject,
  old: KubeObject | undefined,
  context: StrategyContext,
): Verdict | Promise<Verdict> {
  const { strategy } = entry
  if (
    strategy.isHeavy !== undefined &&
    (strategy.isHeavy(object, context) || (old !== undefined && strategy.isHeavy(old, context)))
  )
    return validation.validate(entry, object, old, context)
  const loading = strategy.ready?.(object)
  if (loading === undefined) return verdictOf(strategy, object, old, context)
  return loading.then(() => verdictOf(strategy, object, old, context))
}
