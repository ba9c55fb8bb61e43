import { warningsForPodTemplate } from '../../../core/v1/pod-template/warnings.ts'
import type { JobSpec } from '../../types.ts'

const manyCompletions = 100_000
const highParallelism = 10_000

export function warningsForJobSpec(spec: JobSpec | undefined, path: string): string[] {
  if (spec === undefined) return []
  const { completionMode, completions = 0, parallelism = 0 } = spec
  const warnings: string[] = []
  if (completionMode === 'Indexed' && completions > manyCompletions && parallelism > highParallelism) {
    warnings.push(
      `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
    )
  }
  return [...warnings, ...warningsForPodTemplate(spec.template, `${path}.template`)]
}
