import type { MetricFamily } from '@kubets/storage'
import type { AccessDecision, Authorizer } from './authorizer.ts'

interface Counts {
  readonly type: string
  readonly name: string
  allowed: number
  denied: number
}

/** `apiserver_authorization_decisions_total`: who decided. Plain numbers, read at scrape; who had no opinion is not counted. */
export class DecisionCounts {
  readonly #counts = new Map<string, Counts>()

  /** An authorizer that was there before a reload goes on with its numbers. */
  counted(type: string, name: string, authorizer: Authorizer): Authorizer {
    const key = `${type}/${name}`
    const counts = this.#counts.get(key) ?? { type, name, allowed: 0, denied: 0 }
    this.#counts.set(key, counts)
    const count = (decision: AccessDecision): AccessDecision => {
      if (decision.decision === 'allow') counts.allowed += 1
      else if (decision.decision === 'deny') counts.denied += 1
      return decision
    }
    return {
      authorize(request) {
        const answer = authorizer.authorize(request)
        return answer instanceof Promise ? answer.then(count) : count(answer)
      },
      rulesFor: (user, namespace) => authorizer.rulesFor(user, namespace),
    }
  }

  families(): MetricFamily[] {
    return [
      {
        name: 'apiserver_authorization_decisions_total',
        help: 'Total number of terminal decisions made by an authorizer split by authorizer type, name, and decision.',
        type: 'counter',
        values: () =>
          [...this.#counts.values()].flatMap(({ type, name, ...counts }) =>
            (['allowed', 'denied'] as const).flatMap(decision =>
              counts[decision] === 0 ? [] : { value: counts[decision], labels: { type, name, decision } },
            ),
          ),
      },
    ]
  }
}
