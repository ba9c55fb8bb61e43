import { Quantity } from '@kubets/apimachinery'
import type { Evaluator } from './evaluator.ts'
import { addTo, maskList, type ResourceList } from './resource-list.ts'
import type { ScopeRequirement } from './scopes.ts'

/** The objects of an evaluator's collection in the quota's namespace. Throws when they are not known. */
export type ListObjects = <T>(evaluator: Evaluator<T>) => Iterable<T>

/** What a namespace uses of the resources that a quota limits. What could not be counted is absent and reported. */
export function calculateUsage(options: {
  hard: ResourceList
  requirements: readonly ScopeRequirement[]
  evaluators: Iterable<Evaluator<unknown>>
  list: ListObjects
  /** Milliseconds. */
  now: number
}): { used: Map<string, Quantity>; errors: Error[] } {
  const { requirements, list, now } = options
  const names = [...options.hard.keys()]
  const used = new Map<string, Quantity>()
  const counted = new Set<string>()
  const failed = new Set<string>()
  const errors: Error[] = []
  for (const evaluator of options.evaluators) {
    const matching = evaluator.matchingResources(names)
    if (matching.length === 0) continue
    try {
      const sum = new Map<string, Quantity>(matching.map(name => [name, Quantity.of(0)]))
      for (const object of list(evaluator)) {
        if (!requirements.every(requirement => evaluator.matchesScope(requirement, object))) continue
        addTo(sum, evaluator.usage(object, now))
      }
      addTo(used, sum)
      for (const name of matching) counted.add(name)
    } catch (error) {
      errors.push(error instanceof Error ? error : new Error(String(error)))
      for (const name of matching) failed.add(name)
    }
  }
  return {
    used: maskList(
      used,
      [...counted].filter(name => !failed.has(name)),
    ),
    errors,
  }
}
