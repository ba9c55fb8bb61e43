import { Quantity } from '@kubets/apimachinery'
import type { Container, Pod } from '../../../../wire.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

type Resources = NonNullable<Container['resources']>

/** Only these two decide. */
const counted = ['cpu', 'memory'] as const
type Sums = Map<string, Quantity>

/** Adds what is positive. Gives how many of the two it found. */
function gather(list: Record<string, string> | undefined, sums: Sums): number {
  let found = 0
  for (const name of counted) {
    const text = list?.[name]
    if (text === undefined) continue
    const value = Quantity.parse(text)
    if (value.sign() <= 0) continue
    sums.set(name, sums.get(name)?.add(value) ?? value)
    found++
  }
  return found
}

/**
 * Guaranteed: every container limits cpu and memory, to what all request together. BestEffort: none asks for anything. Resources of the
 * whole pod, when set, decide alone.
 */
export function qosClass({ spec }: Pod): QosClass {
  const [requests, limits]: [Sums, Sums] = [new Map(), new Map()]
  let guaranteed = true
  const whole = spec?.resources
  const look = (resources: Resources | undefined, isWhole = false) => {
    // What is limited and not asked for is asked for: so defaults have it, and who has a pod without them means the same.
    gather({ ...resources?.limits, ...resources?.requests }, requests)
    const found = gather(resources?.limits, limits)
    const unlimited = isWhole && Object.keys(resources?.limits ?? {}).length === 0
    if (found < counted.length && !unlimited) guaranteed = false
  }
  if (whole !== undefined) look(whole, true)
  else {
    for (const { resources } of spec?.containers ?? []) look(resources)
    for (const { resources } of spec?.initContainers ?? []) look(resources)
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort'
  for (const [name, request] of requests) if (limits.get(name)?.compare(request) !== 0) guaranteed = false
  return guaranteed && requests.size === limits.size ? 'Guaranteed' : 'Burstable'
}
