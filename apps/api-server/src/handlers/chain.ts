import type { Audit } from '../audit/start-audit.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import type { RequestMetrics } from '../metrics/request-metrics.ts'
import { audit, auditFailedAuthentication } from './audit.ts'
import { auditId } from './audit-id.ts'
import { type AuthenticateOptions, authenticate } from './authenticate.ts'
import { authorize } from './authorize.ts'
import { type DispatchOptions, dispatch } from './dispatch.ts'
import { impersonate } from './impersonate.ts'
import type { Step } from './request-context.ts'
import { requestInfo } from './request-info.ts'

export interface ChainOptions extends AuthenticateOptions, DispatchOptions {
  authorizer: Authorizer
  metrics: RequestMetrics
  audit: Audit | undefined
}

/** A request's way through the api-server, in the order of time. */
export function handlerChain(options: ChainOptions): readonly Step[] {
  return [
    requestInfo, //                                  what is asked for
    auditId, //                                      the answer's audit-id
    auditFailedAuthentication(options.audit, authenticate(options)), // who asks: 401
    audit(options.audit), //                         what is written down of it
    impersonate(options.authorizer), //             on whose behalf: 403
    authorize(options.authorizer), //               may they: 403
    dispatch(options), //                            resources, discovery, or the outer surface
  ]
}
