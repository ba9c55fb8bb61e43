import type { TokenAuthenticator } from '../authentication/token-authenticator.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import type { SubresourceHandler } from '../resources/router.ts'
import { accessReview } from './access-review.ts'
import { rulesReview } from './rules-review.ts'
import { selfSubjectReview } from './self-subject-review.ts'
import { tokenReview } from './token-review.ts'

/** Questions that are posted as objects: who is this, what may they. By resource. */
export const reviewHandlers = (
  tokens: TokenAuthenticator,
  authorizer: Authorizer,
): Readonly<Record<string, SubresourceHandler>> => ({
  tokenreviews: tokenReview(tokens),
  selfsubjectreviews: selfSubjectReview,
  subjectaccessreviews: accessReview(authorizer, 'anybody'),
  localsubjectaccessreviews: accessReview(authorizer, 'anybody'),
  selfsubjectaccessreviews: accessReview(authorizer, 'self'),
  selfsubjectrulesreviews: rulesReview(authorizer),
})
