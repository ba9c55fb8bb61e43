import type { SchedulerCache } from '../cache/scheduler-cache.ts'
import type { Plugin, Rejection } from '../framework/plugin.ts'
import type { PodInfo } from '../pod/pod-info.ts'
import { type Diagnosis, fitMessage } from '../scheduling/fit-error.ts'
import { selectVictims, startOf } from './select-victims.ts'

export interface Candidate {
  readonly row: number
  /** The most important first. */
  readonly victims: readonly PodInfo[]
}

/** Candidates that are worked out: a tenth of the nodes, but 100 if there are as many. */
const MIN_CANDIDATES = 100
const CANDIDATE_SHARE = 0.1

const notHelpful: Pick<Rejection, 'reasons'> = { reasons: ['Preemption is not helpful for scheduling'] }

/** The node on which evicting pods of lower priority does the least harm, or upstream's words for why there is none. */
export function findCandidate(
  pod: PodInfo,
  diagnosis: Diagnosis,
  cache: SchedulerCache,
  plugins: readonly Plugin[],
  random: () => number,
): Candidate | { readonly message: string } {
  if (pod.preemptionPolicy === 'Never') return { message: 'not eligible due to preemptionPolicy=Never.' }
  const rows: number[] = []
  for (const [row, rejection] of diagnosis.rejections) if (rejection.resolvable) rows.push(row)
  const wanted = Math.max(MIN_CANDIDATES, Math.floor(rows.length * CANDIDATE_SHARE))
  const offset = Math.floor(random() * rows.length)
  const candidates: Candidate[] = []
  const reasons: Pick<Rejection, 'reasons'>[] = []
  for (let i = 0; i < rows.length && candidates.length < wanted; i++) {
    const row = rows[(offset + i) % rows.length] as number
    const result = selectVictims(pod, row, cache, plugins)
    if ('victims' in result) candidates.push({ row, victims: result.victims })
    else reasons.push(result)
  }
  const [first, ...rest] = candidates
  if (first !== undefined) return rest.reduce((best, other) => (harm(other, best) < 0 ? other : best), first)
  while (reasons.length < diagnosis.nodeCount) reasons.push(notHelpful)
  return { message: fitMessage(diagnosis.nodeCount, reasons) }
}

/** Negative when evicting a's victims is the lesser harm: upstream's order of criteria. */
function harm(a: Candidate, b: Candidate): number {
  return (
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    // of equals those go that were started last
    earliest(b) - earliest(a)
  )
}

function highest({ victims }: Candidate): number {
  return victims[0]?.priority ?? Number.NEGATIVE_INFINITY
}

/** Shifted so that many pods of negative priority do not look better than few. */
function sum({ victims }: Candidate): number {
  return victims.reduce((total, victim) => total + victim.priority + 2 ** 31, 0)
}

/** The earliest start among the victims of the highest priority. */
function earliest(candidate: Candidate): number {
  const top = highest(candidate)
  let least = Number.MAX_SAFE_INTEGER
  for (const victim of candidate.victims) if (victim.priority === top) least = Math.min(least, startOf(victim))
  return least
}
