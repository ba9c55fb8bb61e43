import { forbidden } from '../status.ts'
import { anonymous } from './authenticate.ts'
import type { RequestContext, Step } from './request-context.ts'

export type AuthorizationMode = 'AlwaysAllow' | 'AlwaysDeny'

/** May they? AlwaysAllow lets every authenticated user do everything; AlwaysDeny leaves only what anybody may see. */
export function authorize(options: { mode: AuthorizationMode }): Step {
  return context => {
    if (options.mode === 'AlwaysAllow' || context.user === anonymous) return undefined
    throw forbidden(context.info, describeDenial(context, 'Everything is forbidden.'))
  }
}

/** Upstream's sentence: who cannot do what, where, and why. */
function describeDenial({ user, info }: RequestContext, reason: string): string {
  const who = `User ${JSON.stringify(user.name)} cannot`
  if (!info.isResourceRequest) return `${who} ${info.verb} path ${JSON.stringify(info.path)}: ${reason}`
  const what = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`
  const where = info.namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(info.namespace)}`
  return `${who} ${info.verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(info.group)} ${where}: ${reason}`
}
