import type { UserInfo } from '../handlers/request-context.ts'

/** Whose token it is. */
export interface Identified {
  readonly user: UserInfo
  /** For whom it is good, of those that were asked about. */
  readonly audiences: readonly string[]
}

/**
 * Whose token it is, for one of these audiences (default: this API's own); undefined for a token of nobody. Throws, or rejects, when a token is known and
 * no good: the message says why.
 */
export type TokenAuthenticator = (
  token: string,
  audiences?: readonly string[],
) => Identified | undefined | Promise<Identified | undefined>

/** Knows whose token it is, and nothing of audiences. */
export type TokenOwner = (token: string) => UserInfo | undefined | Promise<UserInfo | undefined>

/** Those that are in both, in the order of the second. */
export const commonAudiences = (own: readonly string[], asked: readonly string[]): string[] =>
  asked.filter(audience => own.includes(audience))

/** Tokens that say nothing of audiences are good for this API. */
export function forThisApi(apiAudiences: readonly string[], owner: TokenOwner): TokenAuthenticator {
  return (token, asked) => {
    const audiences = asked === undefined ? apiAudiences : commonAudiences(apiAudiences, asked)
    if (asked !== undefined && audiences.length === 0) return undefined
    const user = owner(token)
    if (user instanceof Promise)
      return user.then(found => (found === undefined ? undefined : { user: found, audiences }))
    return user === undefined ? undefined : { user, audiences }
  }
}

/** Asks one after the other whose token it is. One that refuses it does not keep the others from knowing it. */
export function anyToken(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  return (token, audiences) => {
    const errors: string[] = []
    const note = (error: unknown) => {
      errors.push(error instanceof Error ? error.message : String(error))
    }
    function from(first: number): Identified | undefined | Promise<Identified | undefined> {
      for (let i = first; i < authenticators.length; i++) {
        let found: ReturnType<TokenAuthenticator>
        try {
          found = authenticators[i]?.(token, audiences)
        } catch (error) {
          note(error)
          continue
        }
        if (found instanceof Promise)
          return found.then(
            identified => identified ?? from(i + 1),
            error => {
              note(error)
              return from(i + 1)
            },
          )
        if (found !== undefined) return found
      }
      if (errors.length > 0) throw new Error(errors.join(', '))
      return undefined
    }
    return from(0)
  }
}
