import { aggregateErrors } from './aggregate-errors.ts'
import type { AccessDecision, AccessRequest, Authorizer } from './authorizer.ts'

/** Asks one after the other until one allows or denies. */
export function union(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize: request => ask(authorizers, 0, request, undefined),
    rulesFor(user, namespace) {
      const rules = authorizers.map(authorizer => authorizer.rulesFor(user, namespace))
      const error = aggregateErrors(rules.flatMap(one => one.error ?? []))
      return {
        resourceRules: rules.flatMap(one => one.resourceRules),
        nonResourceRules: rules.flatMap(one => one.nonResourceRules),
        incomplete: rules.some(one => one.incomplete),
        ...(error === undefined ? {} : { error }),
      }
    },
  }
}

/** What those said who had no opinion: made when the first one says something. */
interface Heard {
  readonly reasons: string[]
  readonly errors: string[]
}

function ask(
  authorizers: readonly Authorizer[],
  from: number,
  request: AccessRequest,
  heard: Heard | undefined,
): AccessDecision | Promise<AccessDecision> {
  let said = heard
  for (let i = from; i < authorizers.length; i++) {
    const answer = (authorizers[i] as Authorizer).authorize(request)
    if (answer instanceof Promise) {
      const before = said
      return answer.then(settled =>
        settled.decision === 'no opinion' ? ask(authorizers, i + 1, request, hear(before, settled)) : settled,
      )
    }
    if (answer.decision !== 'no opinion') return answer
    said = hear(said, answer)
  }
  const { reasons = [], errors = [] } = said ?? {}
  const error = aggregateErrors(errors)
  return { decision: 'no opinion', reason: reasons.join('\n'), ...(error === undefined ? {} : { error }) }
}

function hear(heard: Heard | undefined, { reason, error }: AccessDecision): Heard | undefined {
  if (reason === '' && error === undefined) return heard
  const said = heard ?? { reasons: [], errors: [] }
  if (reason !== '') said.reasons.push(reason)
  if (error !== undefined) said.errors.push(error)
  return said
}
