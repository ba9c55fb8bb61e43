import { Quantity } from '@kubets/apimachinery'
import type { Container, Pod } from '../../../../wire.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

type Resources = NonNullable<Container['resources']>

/** Only these two decide. */
const counted = ['cpu', 'memory'] as const
/** Of each of the two: what is positive, together. */
type Sums = (Quantity | undefined)[]

/** Adds what is positive. Gives how many of the two it found. `instead`: what counts where the list says nothing. */
function gather(list: Resources['limits'], instead: Resources['limits'], sums: Sums): number {
  let found = 0
  for (let i = 0; i < counted.length; i++) {
    const name = counted[i] as (typeof counted)[number]
    const text = list?.[name] ?? instead?.[name]
    if (text === undefined) continue
    const value = Quantity.parse(text)
    if (value.sign() <= 0) continue
    sums[i] = sums[i]?.add(value) ?? value
    found++
  }
  return found
}

/**
 * Guaranteed: every container limits cpu and memory, to what all request together. BestEffort: none asks for anything. Resources of the
 * whole pod, when set, decide alone.
 */
export function qosClass({ spec }: Pod): QosClass {
  const requests: Sums = [undefined, undefined]
  const limits: Sums = [undefined, undefined]
  let guaranteed = true
  const whole = spec?.resources
  const look = (resources: Resources | undefined, isWhole = false) => {
    // What is limited and not asked for is asked for: so defaults have it, and who has a pod without them means the same.
    gather(resources?.requests, resources?.limits, requests)
    const found = gather(resources?.limits, undefined, limits)
    const unlimited = isWhole && Object.keys(resources?.limits ?? {}).length === 0
    if (found < counted.length && !unlimited) guaranteed = false
  }
  if (whole !== undefined) look(whole, true)
  else {
    for (const { resources } of spec?.containers ?? []) look(resources)
    for (const { resources } of spec?.initContainers ?? []) look(resources)
  }
  let asked = false
  for (let i = 0; i < counted.length; i++) {
    const [request, limit] = [requests[i], limits[i]]
    if (request === undefined && limit === undefined) continue
    asked = true
    if (request === undefined || limit === undefined || limit.compare(request) !== 0) guaranteed = false
  }
  if (!asked) return 'BestEffort'
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
