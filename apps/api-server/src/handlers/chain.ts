import type { Audit } from '../audit/start-audit.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import type { RequestMetrics } from '../metrics/request-metrics.ts'
import { audit, auditFailedAuthentication, auditFailedTimeout } from './audit.ts'
import { auditId } from './audit-id.ts'
import { type AuthenticateOptions, authenticate } from './authenticate.ts'
import { authorize } from './authorize.ts'
import { type DispatchOptions, dispatch } from './dispatch.ts'
import { impersonate } from './impersonate.ts'
import type { ImpersonationMetrics } from './impersonation/impersonation-metrics.ts'
import type { MaxInFlight } from './max-in-flight.ts'
import type { Step } from './request-context.ts'
import { ownTimeout } from './request-deadline.ts'
import { requestInfo } from './request-info.ts'
import type { RequestTurns } from './request-turns.ts'
import { strictTransportSecurity } from './strict-transport-security.ts'

export interface ChainOptions extends AuthenticateOptions, DispatchOptions {
  authorizer: Authorizer
  metrics: RequestMetrics
  audit: Audit | undefined
  impersonation: ImpersonationMetrics
  inFlight: MaxInFlight
  requests: RequestTurns
  /** `--strict-transport-security-directives` */
  strictTransportSecurity: readonly string[]
}

/** A request's way through the api-server, in the order of time. */
export function handlerChain(options: ChainOptions): readonly Step[] {
  return [
    requestInfo, //                                  what is asked for
    auditId, //                                      the answer's audit-id
    ...strictTransportSecurity(options.strictTransportSecurity),
    auditFailedTimeout(options.audit, ownTimeout), //    how long it may take: 400
    options.requests.step, //                        in this turn of the loop, or in a later one
    auditFailedAuthentication(options.audit, authenticate(options)), // who asks: 401
    audit(options.audit), //                         what is written down of it
    impersonate(options.authorizer, options.impersonation), // on whose behalf: 403
    options.inFlight.step, //                        is there room for it: 429
    authorize(options.authorizer), //               may they: 403
    dispatch(options), //                            resources, discovery, or the outer surface
  ]
}
