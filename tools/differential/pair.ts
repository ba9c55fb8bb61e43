import { differences } from './compare.ts'
import type { Answer, Exchange, Request } from './exchange.ts'
import { normalize } from './normalize.ts'
import type { Json, Kept, Step } from './plan/step.ts'
import type { Result } from './result.ts'

/** What both answered to one step. */
export interface Answers {
  kind: string
  step: Step
  upstream: Answer
  kubets: Answer
}

/** The two API servers side by side. */
export interface Pair {
  upstream: Exchange
  kubets: Exchange
}

/** What each peer kept for later steps of the same kind. */
export interface Memory {
  upstream: Map<string, Json>
  kubets: Map<string, Json>
}

export const newMemory = (): Memory => ({ upstream: new Map(), kubets: new Map() })

/** Asks both the same, and compares. */
export async function ask(
  pair: Pair,
  kind: string,
  step: Step,
  memory: Memory,
  heard: (answers: Answers) => void,
): Promise<Result> {
  const { verb, about } = step
  if (step.after !== undefined) await new Promise(resolve => setTimeout(resolve, step.after))
  const requests = [requestOf(step, memory.upstream), requestOf(step, memory.kubets)] as const
  if (requests[0] === undefined) return { kind, verb, about, outcome: 'unasked' }
  if (requests[1] === undefined)
    return {
      kind,
      verb,
      about,
      outcome: 'different',
      differences: [{ path: 'object', upstream: 'made', kubets: 'never made' }],
    }
  const [upstream, kubets] = await answersOf(pair, requests[0], requests[1], step.within)
  keep(step, upstream, memory.upstream)
  keep(step, kubets, memory.kubets)
  heard({ kind, step, upstream, kubets })
  if (step.valid && upstream.status >= 300)
    return {
      kind,
      verb,
      about,
      outcome: 'broken',
      request: shown(requests[0]),
      note: `${upstream.status} ${upstream.body.toString('utf8').slice(0, 1500)}`,
    }
  const found = differences(normalize(upstream), normalize(kubets))
  if (found.length === 0) return { kind, verb, about, outcome: 'equal' }
  return { kind, verb, about, outcome: 'different', request: shown(requests[0]), differences: found }
}

async function answersOf({ upstream, kubets }: Pair, one: Request, other: Request, within = 0) {
  const until = Date.now() + within
  for (;;) {
    const answers = await Promise.all([upstream.send(one), kubets.send(other)])
    if (Date.now() >= until || differences(normalize(answers[0]), normalize(answers[1])).length === 0) return answers
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

const requestOf = (step: Step, kept: Kept) => (typeof step.request === 'function' ? step.request(kept) : step.request)

function keep(step: Step, answer: Answer, kept: Map<string, Json>): void {
  if (step.keep === undefined || answer.status < 200 || answer.status > 299) return
  try {
    kept.set(step.keep, JSON.parse(answer.body.toString('utf8')))
  } catch {
    // an answer that broke off is a difference; what needs its object is not asked
  }
}

const shown = (request: Request): Request => ({
  ...request,
  ...(Buffer.isBuffer(request.body) ? { body: `<${request.body.length} bytes>` } : {}),
})
