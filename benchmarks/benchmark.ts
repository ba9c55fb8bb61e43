import type { FlagTable, FlagValues } from '@kubets/component/plain'

/** One figure of a benchmark, beside the bare cost of the same work from the same run. */
export interface Figure {
  /** Stable key for machines: `api-ready`. */
  key: string
  /** What was measured, for people. */
  what: string
  value: number
  unit: 'ms' | 'MiB' | 'KiB' | 'ops/s' | 'events/s' | 'µs' | '%' | '×'
  /** All samples, when there were several; `value` is their median. */
  samples?: number[]
  baseline?: { what: string; value: number }
  /** µs of the server's main thread for each operation. */
  mainMicros?: number
  /** The most that the house wants of it, µs. */
  mainBudget?: number
  /** What the house wants: at least that of a rate, at most that of anything else. The comparison is for people, never a test. */
  aim?: number
}

export interface Benchmark<T extends FlagTable = FlagTable> {
  /** One sentence. */
  about: string
  /** Its own, beside `--json`. */
  flags?: T
  /** Progress goes to standard error, so that `--json` stays clean. */
  run(log: (text: string) => void, values: FlagValues<T>): Promise<Figure[]>
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
