import { Quantity } from '@kubets/apimachinery'
import type { Container, Pod } from '../../../../wire.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

type Resources = NonNullable<Container['resources']>

/** Only these two decide. */
const counted = ['cpu', 'memory'] as const

const positive = (value: string | undefined) =>
  value !== undefined && Quantity.parse(value).sign() > 0 ? Quantity.parse(value) : undefined

/**
 * Guaranteed: every container limits cpu and memory to what it requests. BestEffort: none asks for anything.
 * Resources of the whole pod, when set, decide alone.
 */
export function qosClass({ spec }: Pod): QosClass {
  const whole = spec?.resources
  const each: (Resources | undefined)[] =
    whole && Object.keys({ ...whole.limits, ...whole.requests }).length > 0
      ? [whole]
      : [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map(({ resources }) => resources)
  let asked = false
  let guaranteed = true
  for (const resources of each) {
    for (const name of counted) {
      const [request, limit] = [positive(resources?.requests?.[name]), positive(resources?.limits?.[name])]
      if (request !== undefined || limit !== undefined) asked = true
      if (limit === undefined || (request !== undefined && request.compare(limit) !== 0)) guaranteed = false
    }
  }
  if (!asked) return 'BestEffort'
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
