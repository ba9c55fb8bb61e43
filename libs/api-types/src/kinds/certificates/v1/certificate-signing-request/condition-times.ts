import { formatTime } from '@kubets/apimachinery'
import type { CertificateSigningRequest } from '../../types.ts'

export type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number]

/** Conditions without times get them: now, or when the same state began. */
export function fillConditionTimes(
  object: CertificateSigningRequest,
  old: CertificateSigningRequest,
  now: number,
): void {
  const time = formatTime(now)
  for (const condition of object.status?.conditions ?? []) {
    condition.lastUpdateTime ||= time
    condition.lastTransitionTime ||=
      old.status?.conditions?.find(
        before => before.type === condition.type && before.status === condition.status && before.lastTransitionTime,
      )?.lastTransitionTime ?? time
  }
}

/** The stored decisions stand as they are, unless some were added or taken away: that is told as an error. */
export function keepDecisions(object: CertificateSigningRequest, old: CertificateSigningRequest): void {
  for (const type of ['Approved', 'Denied']) {
    const conditions = object.status?.conditions ?? []
    const places = conditions.flatMap((condition, index) => (condition.type === type ? [index] : []))
    const before = (old.status?.conditions ?? []).filter(condition => condition.type === type)
    if (places.length !== before.length) continue
    before.forEach((condition, index) => {
      const place = places[index]
      if (place !== undefined) conditions[place] = condition
    })
  }
}
