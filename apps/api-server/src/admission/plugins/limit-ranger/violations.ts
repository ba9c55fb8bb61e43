import type { LimitRange, PersistentVolumeClaim, Pod } from '@kubets/api-types'
import type { Quantity } from '@kubets/apimachinery'
import { parseList, podLimits, podRequests, type ResourceList } from '@kubets/quota'

type Item = NonNullable<NonNullable<LimitRange['spec']>['limits']>[number]

export interface Limit {
  /** `Container`, `Pod`, `PersistentVolumeClaim`. */
  readonly type: string
  readonly min: ResourceList
  readonly max: ResourceList
  readonly ratio: ResourceList
}

export const limitOf = ({ type, min, max, maxLimitRequestRatio }: Item): Limit => ({
  type,
  min: parseList(min),
  max: parseList(max),
  ratio: parseList(maxLimitRequestRatio),
})

/** What a container, or a pod as a whole, asks for. */
interface Asked {
  readonly requests: ResourceList
  readonly limits: ResourceList
}

export function violationsOfPod(pod: Pod, limits: readonly Limit[]): string[] {
  const { spec } = pod
  const containers = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
  return limits.flatMap(limit => {
    if (limit.type === 'Container')
      return containers.flatMap(({ resources }) =>
        violations(limit, { requests: parseList(resources?.requests), limits: parseList(resources?.limits) }),
      )
    if (limit.type !== 'Pod') return []
    // what its spec says, without overhead: neither what its containers have at the moment
    const bare: Pod = { ...pod, spec: spec === undefined ? spec : withoutOverhead(spec), status: {} } as Pod
    return violations(limit, { requests: podRequests(bare), limits: podLimits(bare) })
  })
}

/** Only requests are looked at: a claim's limits mean nothing. */
export function violationsOfClaim({ spec }: PersistentVolumeClaim, limits: readonly Limit[]): string[] {
  const asked: Asked = { requests: parseList(spec?.resources?.requests), limits: new Map() }
  return limits.flatMap(({ type, min, max }) =>
    type !== 'PersistentVolumeClaim'
      ? []
      : [
          ...each(min, (name, bound) => belowMin(type, name, bound, asked)),
          ...each(max, (name, bound) => claimAboveMax(type, name, bound, asked)),
        ],
  )
}

function violations({ type, min, max, ratio }: Limit, asked: Asked): string[] {
  return [
    ...each(min, (name, bound) => belowMin(type, name, bound, asked)),
    ...each(max, (name, bound) => aboveMax(type, name, bound, asked)),
    ...each(ratio, (name, bound) => aboveRatio(type, name, bound, asked)),
  ]
}

type Rule = (name: string, bound: Quantity) => string | undefined

function each(bounds: ResourceList, rule: Rule): string[] {
  return [...bounds].flatMap(([name, bound]) => rule(name, bound) ?? [])
}

function belowMin(type: string, name: string, bound: Quantity, { requests, limits }: Asked): string | undefined {
  const rule = `minimum ${name} usage per ${type} is ${bound}`
  const request = requests.get(name)
  const limit = limits.get(name)
  if (request === undefined) return `${rule}.  No request is specified`
  if (less(request, bound)) return `${rule}, but request is ${request}`
  if (limit !== undefined && less(limit, bound)) return `${rule}, but limit is ${limit}`
  return undefined
}

function aboveMax(type: string, name: string, bound: Quantity, { requests, limits }: Asked): string | undefined {
  const rule = `maximum ${name} usage per ${type} is ${bound}`
  const request = requests.get(name)
  const limit = limits.get(name)
  if (limit === undefined) return `${rule}.  No limit is specified`
  if (less(bound, limit)) return `${rule}, but limit is ${limit}`
  if (request !== undefined && less(bound, request)) return `${rule}, but request is ${request}`
  return undefined
}

function claimAboveMax(type: string, name: string, bound: Quantity, { requests }: Asked): string | undefined {
  const rule = `maximum ${name} usage per ${type} is ${bound}`
  const request = requests.get(name)
  if (request === undefined) return `${rule}.  No request is specified`
  return less(bound, request) ? `${rule}, but request is ${request}` : undefined
}

function aboveRatio(type: string, name: string, bound: Quantity, { requests, limits }: Asked): string | undefined {
  const rule = `${name} max limit to request ratio per ${type} is ${bound}`
  const request = requests.get(name)
  const limit = limits.get(name)
  if (request === undefined || request.toMilli() === 0n) return `${rule}, but no request is specified or request is 0`
  if (limit === undefined || limit.toMilli() === 0n) return `${rule}, but no limit is specified or limit is 0`
  const ratio = Number(limit.toMilli()) / Number(request.toMilli())
  return ratio * 1000 > Number(bound.toMilli()) ? `${rule}, but provided ratio is ${ratio.toFixed(6)}` : undefined
}

/** Quantities are compared by their thousandths. */
const less = (a: Quantity, b: Quantity) => a.toMilli() < b.toMilli()

function withoutOverhead(spec: NonNullable<Pod['spec']>): NonNullable<Pod['spec']> {
  const { overhead: _overhead, ...rest } = spec
  return rest
}
