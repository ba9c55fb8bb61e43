import type { SelfSubjectReview } from '@kubets/api-types'
import type { UserInfo } from '../handlers/request-context.ts'

/** A user as reviews show it: what is empty is left out. */
export function userInfo({
  name,
  uid,
  groups,
  extra,
}: UserInfo): NonNullable<NonNullable<SelfSubjectReview['status']>['userInfo']> {
  return {
    username: name,
    ...(uid === '' ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups: [...groups] }),
    ...(extra === undefined || Object.keys(extra).length === 0
      ? {}
      : { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
  }
}
