import type { Clock } from '@kubets/component'
import type { Client } from '../contract.ts'
import { resources } from '../resources.ts'
import { Answers } from './answers.ts'
import type { User } from './user.ts'

/** Milliseconds for an answer of the api-server. */
const patience = 10_000

interface TokenReview {
  apiVersion: string
  kind: string
  spec: { token: string }
  status?: {
    authenticated?: boolean
    user?: { username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> }
  }
}

/** Asks the api-server whose token it is (TokenReview). `timeToLive`: how long its answer holds, ms. */
export function reviewTokens(
  client: Pick<Client, 'create'>,
  clock: Clock,
  timeToLive: number,
): (token: string) => Promise<User | undefined> {
  const answers = new Answers<User | undefined>({ clock, timeToLive: user => (user === undefined ? 0 : timeToLive) })
  return token =>
    answers.get(token, async () => {
      const review: TokenReview = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
      const { status } = await client.create(resources.tokenReviews, review, { signal: AbortSignal.timeout(patience) })
      const { username = '', uid, groups = [], extra } = status?.user ?? {}
      if (status?.authenticated !== true || username === '') return undefined
      return {
        name: username,
        groups,
        ...(uid === undefined ? {} : { uid }),
        ...(extra === undefined ? {} : { extra }),
      }
    })
}

interface SubjectAccessReview {
  apiVersion: string
  kind: string
  spec: object
  status?: { allowed?: boolean; reason?: string }
}

/** What somebody wants to do, as a SubjectAccessReview has it. */
export type AccessAttributes =
  | { readonly resourceAttributes: Readonly<Record<string, string>> }
  | { readonly nonResourceAttributes: { readonly path: string; readonly verb: string } }

export interface AccessAnswer {
  readonly allowed: boolean
  readonly reason: string
}

/** Asks the api-server whether somebody may (SubjectAccessReview). `timeToLive`: how long its answers hold, ms. */
export function reviewAccess(
  client: Pick<Client, 'create'>,
  clock: Clock,
  timeToLive: { readonly allowed: number; readonly denied: number },
): (user: User, attributes: AccessAttributes) => Promise<AccessAnswer> {
  const answers = new Answers<AccessAnswer>({
    clock,
    timeToLive: ({ allowed }) => (allowed ? timeToLive.allowed : timeToLive.denied),
  })
  return ({ name, ...user }, attributes) => {
    const spec = { ...user, user: name, ...attributes }
    return answers.get(JSON.stringify(spec), async () => {
      const review: SubjectAccessReview = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec,
      }
      const { status } = await client.create(resources.subjectAccessReviews, review, {
        signal: AbortSignal.timeout(patience),
      })
      return { allowed: status?.allowed === true, reason: status?.reason ?? '' }
    })
  }
}
