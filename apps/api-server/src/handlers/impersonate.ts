import type { Authorizer } from '../authorization/authorizer.ts'
import { Impersonation } from './impersonation/impersonation.ts'
import type { ImpersonationMetrics } from './impersonation/impersonation-metrics.ts'
import { impersonates, wantedUser } from './impersonation/wanted-user.ts'
import type { RequestContext, Step, UserInfo } from './request-context.ts'

/** On behalf of whom? `Impersonate-*` headers name another user, whom the one who asks must be allowed to be: 403 else. */
export function impersonate(authorizer: Authorizer, metrics: ImpersonationMetrics): Step {
  const impersonation = new Impersonation(authorizer, metrics)
  return context => {
    const { exchange } = context
    if (!impersonates(exchange.headers)) return undefined
    const wanted = wantedUser(exchange)
    return wanted === undefined ? undefined : become(impersonation, context, wanted)
  }
}

async function become(impersonation: Impersonation, context: RequestContext, wanted: UserInfo): Promise<void> {
  const { user, constraint } = await impersonation.of(context, wanted)
  context.user = user
  context.audit?.impersonated(user, constraint)
}
