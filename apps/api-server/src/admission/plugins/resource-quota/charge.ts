import type { Quantity } from '@kubets/apimachinery'
import { addLists, type Evaluator, maskList, type ResourceList } from '@kubets/quota'
import type { Quota } from './quota.ts'

/** One write, in the words of the collection that it belongs to. */
export interface Charge<T = unknown> {
  readonly evaluator: Evaluator<T>
  readonly object: T
  /** What was there before. */
  readonly old: T | undefined
  /** Milliseconds. */
  readonly now: number
  /** What the object must say and does not, of these resources. */
  unspecified(resources: readonly string[]): string | undefined
  /** A status says what is: it is counted, not refused. */
  readonly refusable: boolean
}

export type Verdict =
  /** The quota does not count this, or nothing changes. */
  { is: 'untouched' } | { is: 'charged'; used: ResourceList } | { is: 'refused'; why: string }

const untouched: Verdict = { is: 'untouched' }

/** What a write does to one quota. Pure. */
export function chargeQuota(quota: Quota, charge: Charge): Verdict {
  const { evaluator, object, old, now } = charge
  if (!counts(quota, charge, object)) return untouched
  const limited = evaluator.matchingResources([...quota.hard.keys()])
  const silent = charge.unspecified(limited)
  if (silent !== undefined) return { is: 'refused', why: `failed quota: ${quota.name}: ${silent}` }
  if (limited.some(name => !quota.used.has(name)))
    return {
      is: 'refused',
      why: `status unknown for quota: ${quota.name}, resources: ${[...limited].sort().join(',')}`,
    }
  const usage = evaluator.usage(object, now)
  const negative = [...usage].flatMap(([name, amount]) => (amount.sign() < 0 ? [name] : []))
  if (negative.length > 0)
    return { is: 'refused', why: `quota usage is negative for resource(s): ${negative.sort().join(',')}` }
  const more = old !== undefined && counts(quota, charge, old) ? difference(usage, evaluator.usage(old, now)) : usage
  const asked = maskList(new Map([...more].filter(([, amount]) => !amount.isZero())), quota.hard.keys())
  if (asked.size === 0) return untouched
  const used = addLists(quota.used, asked)
  const exceeded = [...asked.keys()].filter(name => exceeds(used.get(name), quota.hard.get(name))).sort()
  if (exceeded.length > 0 && charge.refusable) {
    const told = (list: ResourceList) => exceeded.map(name => `${name}=${list.get(name) ?? ''}`).join(',')
    const amounts = `requested: ${told(asked)}, used: ${told(quota.used)}, limited: ${told(quota.hard)}`
    return { is: 'refused', why: `exceeded quota: ${quota.name}, ${amounts}` }
  }
  return { is: 'charged', used }
}

/** Whether a quota counts an object. */
export function counts(quota: Quota, { evaluator }: Charge, object: unknown): boolean {
  return (
    evaluator.matchingResources([...quota.hard.keys()]).length > 0 &&
    quota.requirements.every(requirement => evaluator.matchesScope(requirement, object))
  )
}

const exceeds = (amount: Quantity | undefined, bound: Quantity | undefined) =>
  amount !== undefined && bound !== undefined && amount.compare(bound) > 0

/** What is less than before costs nothing: the controller gives it back. */
export function difference(now: ResourceList, before: ResourceList): ResourceList {
  return new Map(
    [...now].flatMap(([name, amount]): [string, Quantity][] => {
      const old = before.get(name)
      if (old === undefined) return [[name, amount]]
      return amount.compare(old) > 0 ? [[name, amount.sub(old)]] : []
    }),
  )
}
