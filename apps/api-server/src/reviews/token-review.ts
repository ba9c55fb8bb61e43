import type { TokenReview } from '@kubets/api-types'
import { badRequest } from '@kubets/apimachinery'
import type { TokenAuthenticator } from '../authentication/token-authenticator.ts'
import { respondValue } from '../resources/respond-object.ts'
import type { SubresourceHandler } from '../resources/router.ts'
import { trackWrite } from '../resources/steps/managed-fields.ts'
import { readBody } from '../resources/steps/read-body.ts'
import { writeOptions } from '../resources/write-options.ts'
import { settleNamespace } from './settle-namespace.ts'
import { userInfo } from './user-info.ts'

/** POST tokenreviews: whose token it is. Webhooks and kubelets ask this. */
export function tokenReview(tokens: TokenAuthenticator): SubresourceHandler {
  return async (rest, context, entry) => {
    const options = writeOptions(context.info.query, 'CreateOptions')
    const review = (await readBody(rest, context, entry, options.fieldValidation)) as TokenReview
    settleNamespace(review, '')
    trackWrite(rest, context, entry, review, undefined, options)
    const token = review.spec?.token ?? ''
    if (token === '') throw badRequest('token is required for TokenReview in authentication')
    return respondValue(context, 201, { ...review, status: await statusOf(token, review.spec?.audiences, tokens) })
  }
}

async function statusOf(
  token: string,
  asked: readonly string[] | undefined,
  tokens: TokenAuthenticator,
): Promise<NonNullable<TokenReview['status']>> {
  try {
    const identified = await tokens(token, asked?.length ? asked : undefined)
    if (identified === undefined) return { user: {}, error: 'invalid bearer token' }
    const { user, audiences } = identified
    return {
      authenticated: true,
      user: userInfo(user),
      ...(audiences.length === 0 ? {} : { audiences: [...audiences] }),
    }
  } catch (error) {
    return { user: {}, error: `[invalid bearer token, ${(error as Error).message}]` }
  }
}
