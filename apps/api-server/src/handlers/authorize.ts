import { type ApiError, accessDenied, internalError } from '@kubets/apimachinery'
import { type AccessDecision, type AccessRequest, type Authorizer, alwaysAllow } from '../authorization/authorizer.ts'
import { RequestedAccess } from '../authorization/requested-access.ts'
import type { RequestContext, Step } from './request-context.ts'

/**
 * May they? With AlwaysAllow nobody is asked: what anybody may see was decided by the authenticator, which lets nobody else in without a name.
 */
export function authorize(authorizer: Authorizer): Step {
  // nothing to ask: no request pays for the question
  if (authorizer === alwaysAllow)
    return ({ audit }) => {
      audit?.annotate('authorization.k8s.io/decision', 'allow')
      audit?.annotate('authorization.k8s.io/reason', '')
      return undefined
    }
  return context => {
    const asked = new RequestedAccess(context)
    const answer = authorizer.authorize(asked)
    if (answer instanceof Promise) return answer.then(settled => settle(context, asked, settled))
    settle(context, asked, answer)
    return undefined
  }
}

function settle(context: RequestContext, asked: AccessRequest, decision: AccessDecision): void {
  const { audit } = context
  const allowed = decision.decision === 'allow'
  if (audit !== undefined) {
    const failed = !allowed && decision.error !== undefined
    if (!failed) audit.annotate('authorization.k8s.io/decision', allowed ? 'allow' : 'forbid')
    audit.annotate('authorization.k8s.io/reason', failed ? 'internal error' : decision.reason)
  }
  if (allowed) return
  context.exchange.setHeader('x-content-type-options', 'nosniff')
  throw denied(asked, decision)
}

/** 403; 500 where nobody could say. */
export function denied(asked: AccessRequest, { reason, error }: AccessDecision): ApiError {
  if (error !== undefined) return internalError(error)
  const { user, verb, path } = asked
  if (path !== undefined) return accessDenied({ user: user.name, verb, path, reason })
  const { group, resource, subresource, namespace, name } = asked
  return accessDenied({ user: user.name, verb, group, resource, subresource, namespace, name, reason })
}
