import { type FieldError, field, isQualifiedName } from '@kubets/apimachinery'

const known = ['OldestEmulationVersion']

/** How candidates are chosen among: Kubernetes' own name, or one with a domain. Upstream names the field twice in its path. */
export function validateElectionStrategy(strategy: string, path: string): FieldError[] {
  const at = `${path}.strategy`
  if (strategy.includes('/')) return isQualifiedName(strategy).map(message => field.invalid(at, strategy, message))
  return known.includes(strategy) ? [] : [field.notSupported(at, strategy, known)]
}
