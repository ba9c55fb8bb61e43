import { Quantity } from '@kubets/apimachinery'
import { type Evaluator, inNoScope } from '../evaluator.ts'

/** `count/pods`, `count/deployments.apps`. */
export function objectCountName(group: string, resource: string): string {
  return group === '' ? `count/${resource}` : `count/${resource}.${group}`
}

/** What quotas called these counts before `count/…` was. */
const aliases = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets'])
const one = Quantity.of(1)

/** Counts objects of any kind, custom resources too. */
export function objectCountEvaluator(group: string, resource: string): Evaluator<unknown> {
  const names = [objectCountName(group, resource)]
  if (group === '' && aliases.has(resource)) names.push(resource)
  const usage = new Map(names.map(name => [name, one]))
  return {
    group,
    resource,
    matchingResources: asked => names.filter(name => asked.includes(name)).sort(),
    matchesScope: inNoScope,
    usage: () => usage,
  }
}
