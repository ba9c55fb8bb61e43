import { type ApiError, accessDenied } from '@kubets/apimachinery'
import { anonymous } from './authenticate.ts'
import type { RequestContext, Step } from './request-context.ts'

export type AuthorizationMode = 'AlwaysAllow' | 'AlwaysDeny'

/** May they? AlwaysAllow lets every authenticated user do everything; AlwaysDeny leaves only what anybody may see. */
export function authorize(options: { mode: AuthorizationMode }): Step {
  return context => {
    if (options.mode === 'AlwaysAllow' || context.user === anonymous) return undefined
    throw denied(context, 'Everything is forbidden.')
  }
}

function denied({ user, info }: RequestContext, reason: string): ApiError {
  if (!info.isResourceRequest) return accessDenied({ user: user.name, verb: info.verb, path: info.path, reason })
  const { verb, group, resource, subresource, namespace, name } = info
  return accessDenied({ user: user.name, verb, group, resource, subresource, namespace, name, reason })
}
