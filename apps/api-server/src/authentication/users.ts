import type { UserInfo } from '../handlers/request-context.ts'

export const anonymous: UserInfo = { name: 'system:anonymous', uid: '', groups: ['system:unauthenticated'] }

/** In a user's extra: which credential was shown. */
export const credentialId = 'authentication.kubernetes.io/credential-id'

const authenticated = 'system:authenticated'

/** Whoever has shown who they are is one of `system:authenticated`, unless what they have shown says otherwise. */
export function authenticatedUser(user: UserInfo): UserInfo {
  const { name, groups } = user
  if (name === anonymous.name || groups.includes(authenticated) || groups.includes('system:unauthenticated'))
    return user
  return { ...user, groups: [...groups, authenticated] }
}
