import { type ApiError, accessDenied } from '@kubets/apimachinery'
import { type Authorizer, alwaysAllow } from '../authorization/authorizer.ts'
import { anonymous } from './authenticate.ts'
import type { RequestContext, Step } from './request-context.ts'

/** May they? What anybody may see was decided by the authenticator, which lets nobody else in without a name. */
export function authorize(authorizer: Authorizer): Step {
  // nothing to ask: no request pays for the question
  if (authorizer === alwaysAllow)
    return ({ audit }) => {
      audit?.annotate('authorization.k8s.io/decision', 'allow')
      audit?.annotate('authorization.k8s.io/reason', '')
      return undefined
    }
  return context => {
    const { user, info } = context
    if (user === anonymous) return undefined
    const { verb, group, version, resource, subresource, namespace, name, path } = info
    const asked = { user, verb, group, version, resource, subresource, namespace, name }
    const { decision, reason } = authorizer.authorize(info.isResourceRequest ? asked : { ...asked, path })
    context.audit?.annotate('authorization.k8s.io/decision', decision === 'allow' ? 'allow' : 'forbid')
    context.audit?.annotate('authorization.k8s.io/reason', reason)
    if (decision === 'allow') return undefined
    throw denied(context, reason)
  }
}

function denied({ user, info }: RequestContext, reason: string): ApiError {
  if (!info.isResourceRequest) return accessDenied({ user: user.name, verb: info.verb, path: info.path, reason })
  const { verb, group, resource, subresource, namespace, name } = info
  return accessDenied({ user: user.name, verb, group, resource, subresource, namespace, name, reason })
}
