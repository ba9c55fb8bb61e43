import type { Clock, Logger } from '@kubets/component'
import { type AccessDecision, type AccessRequest, type Authorizer, noOpinion, noRules } from '../authorizer.ts'
import type { WebhookConfiguration } from '../configuration/contract.ts'
import { accessReviewSpec } from './access-review-spec.ts'
import { AnswerCache } from './answer-cache.ts'
import { askAgain } from './ask-again.ts'
import { type ReviewStatus, reviewClient } from './review-client.ts'

export interface WebhookAuthorizerOptions {
  readonly name: string
  readonly webhook: WebhookConfiguration
  readonly clock: Clock
  readonly logger: Logger
  /** Closes its connections, and ends what waits for another try. */
  readonly signal: AbortSignal
  /** 0 ≤ x < 1; spreads the retries. */
  readonly random?: () => number
}

/** Answers kept at once. */
const maxKept = 8192
/** A question whose parts are longer together is not kept: somebody may want to fill the memory. */
const maxQuestion = 10_000

/** `--authorization-mode=Webhook`: somebody else is asked, with a SubjectAccessReview; answers are kept for a while. */
export async function webhookAuthorizer(options: WebhookAuthorizerOptions): Promise<Authorizer> {
  const { name, webhook, clock, logger, signal } = options
  const post = await reviewClient(webhook.kubeConfigFile, webhook.timeout, signal, logger)
  const kept = new AnswerCache<AccessDecision>(clock, maxKept)
  const matches = await matcherOf(webhook)
  const asking = new Map<string, Promise<AccessDecision>>()
  const life = ({ decision }: AccessDecision) =>
    decision === 'allow'
      ? webhook.cacheAuthorizedRequests
        ? webhook.authorizedTtl
        : 0
      : webhook.cacheUnauthorizedRequests
        ? webhook.unauthorizedTtl
        : 0

  const failed = (error: string): AccessDecision => ({
    decision: webhook.failurePolicy === 'Deny' ? 'deny' : 'no opinion',
    reason: '',
    error,
  })

  async function ask(spec: string, keep: boolean): Promise<AccessDecision> {
    const apiVersion = `authorization.k8s.io/${webhook.subjectAccessReviewVersion}`
    const body = `{"kind":"SubjectAccessReview","apiVersion":"${apiVersion}","metadata":{},"spec":${spec},"status":{"allowed":false}}`
    try {
      const decision = decisionOf(await askAgain(() => post(body), { clock, signal, random: options.random }))
      if (keep) kept.set(spec, decision, life(decision))
      return decision
    } catch (error) {
      logger.error({ err: error, authorizer: name }, 'Failed to make webhook authorizer request')
      return failed((error as Error).message)
    }
  }

  return {
    authorize(request) {
      const matched = matches?.(request) ?? true
      if (matched === false) return noOpinion
      if (matched instanceof Error) return failed(matched.message)
      const spec = JSON.stringify(accessReviewSpec(request))
      const known = kept.get(spec) ?? asking.get(spec)
      if (known !== undefined) return known
      // those who ask the same at the same time wait for one answer
      const answer = ask(spec, isKeepable(request)).finally(() => asking.delete(spec))
      asking.set(spec, answer)
      return answer
    },
    rulesFor: () => ({
      ...noRules,
      incomplete: true,
      error: 'webhook authorizer does not support user rule resolution',
    }),
  }
}

/** CEL is loaded where there are conditions. */
async function matcherOf({ matchConditions = [] }: WebhookConfiguration) {
  if (matchConditions.length === 0) return undefined
  const { matcher } = await import('./match-conditions.ts')
  return matcher(matchConditions)
}

function decisionOf({ allowed = false, denied = false, reason = '' }: ReviewStatus): AccessDecision {
  if (denied && allowed)
    return { decision: 'deny', reason, error: 'webhook subject access review returned both allow and deny response' }
  return { decision: denied ? 'deny' : allowed ? 'allow' : 'no opinion', reason }
}

function isKeepable({
  namespace,
  verb,
  group,
  version,
  resource,
  subresource,
  name,
  path = '',
}: AccessRequest): boolean {
  const parts = [namespace, verb, group, version, resource, subresource, name, path]
  return parts.reduce((sum, part) => sum + part.length, 0) < maxQuestion
}
