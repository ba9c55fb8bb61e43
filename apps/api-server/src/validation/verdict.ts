import type { KubeObject, Strategy, StrategyContext } from '@kubets/api-types'
import type { Verdict } from './contract.ts'

/** Asks a kind's rules. `old`: of an update. What they need is loaded. */
export function verdictOf(
  strategy: Strategy,
  object: KubeObject,
  old: KubeObject | undefined,
  context: StrategyContext,
): Verdict {
  const causes = old === undefined ? strategy.validate(object, context) : strategy.validateUpdate(object, old, context)
  return { causes, warnings: causes.length > 0 ? [] : (strategy.warnings?.(object, old) ?? []) }
}
