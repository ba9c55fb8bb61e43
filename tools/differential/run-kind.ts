import type { Corpus } from './corpus.ts'
import { corpusNameOf, fileOf } from './corpus.ts'
import { type Answers, ask, newMemory, type Pair } from './pair.ts'
import { planOf, subjectOf } from './plan/plan.ts'
import type { Phase } from './plan/step.ts'
import { type Resource, titleOf } from './resources.ts'
import type { Result } from './result.ts'

/** Requests of a batch that are under way at a time. */
const width = 8

export interface KindRun {
  pair: Pair
  corpus: Corpus
  resource: Resource
  /** Whether kubets' discovery lists it. */
  served: boolean
  heard: (answers: Answers) => void
}

/** All steps of one kind. What kubets does not serve is not asked of it: one line each says so. */
export async function runKind({ pair, corpus, resource, served, heard }: KindRun): Promise<Result[]> {
  const kind = titleOf(resource)
  const file = fileOf(corpus, resource)
  const results: Result[] = []
  if (file?.base === undefined && resource.verbs.includes('create'))
    results.push({
      kind,
      verb: 'corpus',
      about: 'there is no body',
      outcome: 'broken',
      note: `${corpusNameOf(resource)}.yaml is missing`,
    })
  const phases = planOf(subjectOf(resource, file))
  if (!served) return [...results, ...(await absent(pair, kind, phases))]
  const memory = newMemory()
  for (const phase of phases) {
    if ('sequence' in phase) {
      for (const step of phase.sequence) results.push(await ask(pair, kind, step, memory, heard))
      continue
    }
    const queue = [...phase.batch]
    const made: Result[] = []
    await Promise.all(
      Array.from({ length: width }, async () => {
        for (let step = queue.shift(); step !== undefined; step = queue.shift())
          made.push(await ask(pair, kind, step, memory, heard))
      }),
    )
    results.push(...made)
  }
  return results
}

/** Nothing is asked of kubets, but the corpus is tried: what upstream refuses is found before the kind arrives. */
async function absent(pair: Pair, kind: string, phases: readonly Phase[]): Promise<Result[]> {
  const results: Result[] = []
  for (const step of phases.flatMap(phase => ('batch' in phase ? phase.batch : phase.sequence))) {
    const { verb, about, request } = step
    const result: Result = { kind, verb, about, outcome: 'absent' }
    if ((step.valid || verb === 'need') && typeof request !== 'function') {
      const answer = await pair.upstream.send(request)
      if (answer.status >= 300 && step.valid) {
        const note = `${answer.status} ${answer.body.toString('utf8').slice(0, 1500)}`
        results.push({ ...result, outcome: 'broken', request, note })
        continue
      }
    }
    results.push(result)
  }
  return results
}
