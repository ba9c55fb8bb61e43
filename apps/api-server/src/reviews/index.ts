import type { Authorizer } from '../authorization/authorizer.ts'
import type { TokenAuthenticator } from '../handlers/authenticate.ts'
import { valueRepresentation } from '../resources/representation.ts'
import type { SubresourceHandler } from '../resources/router.ts'
import { accessReview } from './access-review.ts'
import { rulesReview } from './rules-review.ts'
import { selfSubjectReview } from './self-subject-review.ts'
import { tokenReview } from './token-review.ts'

/** Questions that are posted as objects: who is this, what may they. By resource. */
export const reviewHandlers = (
  tokens: TokenAuthenticator,
  authorizer: Authorizer,
): Readonly<Record<string, SubresourceHandler>> =>
  Object.fromEntries(
    Object.entries({
      tokenreviews: tokenReview(tokens),
      selfsubjectreviews: selfSubjectReview,
      subjectaccessreviews: accessReview(authorizer, 'anybody'),
      localsubjectaccessreviews: accessReview(authorizer, 'anybody'),
      selfsubjectaccessreviews: accessReview(authorizer, 'self'),
      selfsubjectrulesreviews: rulesReview(authorizer),
    }).map(([resource, review]) => [resource, withoutTable(review)]),
  )

/** A review has no columns: a client that accepts nothing but a Table is refused before it is answered. */
function withoutTable(review: SubresourceHandler): SubresourceHandler {
  return (rest, context, entry) => {
    valueRepresentation(context.exchange.headers.accept)
    return review(rest, context, entry)
  }
}
