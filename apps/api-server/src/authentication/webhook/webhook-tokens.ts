import { createHash } from 'node:crypto'
import type { Clock, Logger } from '@kubets/component'
import { AnswerCache } from '../../authorization/webhook/answer-cache.ts'
import { askAgain } from '../../authorization/webhook/ask-again.ts'
import { reviewClient } from '../../authorization/webhook/review-client.ts'
import { commonAudiences, type Identified, type TokenAuthenticator } from '../token-authenticator.ts'
import { authenticatedUser } from '../users.ts'

/** `--authentication-token-webhook-*` */
export interface WebhookTokenOptions {
  readonly kubeConfigFile: string
  readonly version: 'v1' | 'v1beta1'
  /** How long answers are kept, ms; 0: not at all. */
  readonly cacheTtl: number
}

interface TokenReviewStatus {
  readonly authenticated?: boolean
  readonly user?: {
    readonly username?: string
    readonly uid?: string
    readonly groups?: readonly string[] | null
    readonly extra?: Readonly<Record<string, readonly string[]>> | null
  }
  readonly audiences?: readonly string[] | null
  readonly error?: string
}

/** What is kept of an answer: also that nobody has the token. */
interface Answer {
  readonly identified: Identified | undefined
  readonly error: string
}

const timeout = 30_000
const maxKept = 4_096

/** Somebody else is asked whose token it is, with a TokenReview; what they say is kept for a while, failures of the way are not. */
export async function webhookTokens(
  { kubeConfigFile, version, cacheTtl }: WebhookTokenOptions,
  around: { clock: Clock; logger: Logger; signal: AbortSignal; audiences: readonly string[] },
): Promise<TokenAuthenticator> {
  const { clock, logger, signal } = around
  const post = await reviewClient<TokenReviewStatus>(kubeConfigFile, timeout, signal, logger, 'TokenReview')
  const kept = new AnswerCache<Answer>(clock, maxKept)
  const asking = new Map<string, Promise<Answer>>()

  async function ask(token: string, wanted: readonly string[]): Promise<Answer> {
    const spec = { token, ...(wanted.length === 0 ? {} : { audiences: wanted }) }
    const body = JSON.stringify({
      kind: 'TokenReview',
      apiVersion: `authentication.k8s.io/${version}`,
      metadata: {},
      spec,
      status: { user: {} },
    })
    const status = await askAgain(() => post(body), { clock, signal }).catch((error: Error) => {
      logger.error({ err: error }, 'Failed to make webhook authenticator request')
      throw error
    })
    return answerOf(status, wanted, around.audiences)
  }

  return (token, asked) => {
    const wanted = asked ?? around.audiences
    const key = createHash('sha256')
      .update(JSON.stringify([token, wanted]))
      .digest('base64')
    const known = kept.get(key)
    if (known !== undefined) return settle(known)
    let answer = asking.get(key)
    if (answer === undefined) {
      answer = ask(token, wanted).finally(() => asking.delete(key))
      asking.set(key, answer)
    }
    return answer.then(found => {
      kept.set(key, found, cacheTtl)
      return settle(found)
    })
  }
}

function settle({ identified, error }: Answer): Identified | undefined {
  if (error !== '') throw new Error(error)
  return identified
}

/** A webhook that says nothing of audiences is taken to mean this API. */
function answerOf(status: TokenReviewStatus, wanted: readonly string[], own: readonly string[]): Answer {
  const { authenticated = false, user = {}, error = '' } = status
  const told = status.audiences ?? []
  const audiences = commonAudiences(told.length > 0 ? told : own, wanted)
  if (wanted.length > 0 && audiences.length === 0) return { identified: undefined, error: '' }
  if (!authenticated) return { identified: undefined, error }
  const extra = user.extra ?? {}
  return {
    identified: {
      user: authenticatedUser({
        name: user.username ?? '',
        uid: user.uid ?? '',
        groups: user.groups ?? [],
        ...(Object.keys(extra).length === 0 ? {} : { extra }),
      }),
      audiences,
    },
    error: '',
  }
}
