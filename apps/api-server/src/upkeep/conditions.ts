import { formatTime } from '@kubets/apimachinery'

/** A condition as definitions and APIServices have it. */
export interface Condition {
  readonly type?: string
  readonly status?: string
  readonly lastTransitionTime?: string
  readonly reason?: string
  readonly message?: string
}

export type Said = Required<Omit<Condition, 'lastTransitionTime'>>

export const conditionOf = (conditions: readonly Condition[] | null | undefined, type: string): Condition | undefined =>
  conditions?.find(condition => condition.type === type)

export const isTrue = (conditions: readonly Condition[] | null | undefined, type: string): boolean =>
  conditionOf(conditions, type)?.status === 'True'

/** Whether both say the same, whenever they began to. */
export const saysSame = (a: Condition | Said | undefined, b: Said): boolean =>
  a !== undefined && a.status === b.status && (a.reason ?? '') === b.reason && (a.message ?? '') === b.message

/** The conditions with this one in its place, or at the end. Its time is that of its last change of status. */
export function withCondition(
  conditions: readonly Condition[] | null | undefined,
  said: Said,
  now: number,
): Condition[] {
  const present = conditions ?? []
  const before = conditionOf(present, said.type)
  const since = before?.status === said.status ? before.lastTransitionTime : undefined
  const { type, status, ...rest } = said
  const next: Condition = { type, status, lastTransitionTime: since || formatTime(now), ...rest }
  return before === undefined ? [...present, next] : present.map(one => (one === before ? next : one))
}
