import type { Job } from '@kubets/api-types'
import type { PodInfo } from '../../pods/pod-info.ts'
import { Indexes } from './indexes.ts'

export const isIndexed = ({ spec }: Job) => spec?.completionMode === 'Indexed'
export const isSuspended = ({ spec }: Job) => spec?.suspend === true
export const hasLimitPerIndex = ({ spec }: Job) => spec?.backoffLimitPerIndex !== undefined

/** A pod that is on its way out is replaced when it has ended, not before. */
export const replacesOnlyFailed = ({ spec }: Job) => spec?.podReplacementPolicy === 'Failed'

/** Pods that are deleted before they end have failed too, or nobody would ever count them. */
export function isFailed(pod: PodInfo, job: Job): boolean {
  if (pod.phase === 'Failed') return true
  return !replacesOnlyFailed(job) && pod.deleting && pod.phase !== 'Succeeded'
}

export interface FailureVerdict {
  action?: 'Ignore' | 'Count' | 'FailJob' | 'FailIndex'
  /** Counts towards the limits. */
  counts: boolean
  /** Why the whole Job fails. */
  failsJob?: string
}

/** What the first rule that fits says of a failed pod. Pure. */
export function judgeFailure(job: Job, pod: PodInfo): FailureVerdict {
  const rules = job.spec?.podFailurePolicy?.rules ?? []
  for (const [at, { action, onExitCodes, onPodConditions = [] }] of rules.entries()) {
    let found: string | undefined
    if (onExitCodes !== undefined) {
      const { containerName, operator, values } = onExitCodes
      const exit = pod.job?.exits.find(({ name, code }) => {
        if (containerName !== undefined && containerName !== name) return false
        return operator === 'In' ? values.includes(code) : operator === 'NotIn' && !values.includes(code)
      })
      if (exit !== undefined)
        found = `Container ${exit.name} for pod ${pod.namespace}/${pod.name} failed with exit code ${exit.code}`
    } else {
      const met = pod.job?.conditions.find(([type, status]) =>
        onPodConditions.some(pattern => pattern.type === type && (pattern.status ?? 'True') === status),
      )
      if (met !== undefined) found = `Pod ${pod.namespace}/${pod.name} has condition ${met[0]}`
    }
    if (found === undefined) continue
    switch (action) {
      case 'Ignore':
        return { action, counts: false }
      case 'FailJob':
        return { action, counts: true, failsJob: `${found} matching ${action} rule at index ${at}` }
      case 'FailIndex':
      case 'Count':
        return { action, counts: true }
    }
  }
  return { counts: true }
}

/** Says which rule of the success policy is met, if one is. Pure. */
export function metSuccessRule(job: Job, succeeded: Indexes): string | undefined {
  if (succeeded.size === 0) return undefined
  for (const [at, rule] of (job.spec?.successPolicy?.rules ?? []).entries()) {
    const { succeededIndexes, succeededCount } = rule
    if (succeededIndexes === undefined) {
      if (succeededCount !== undefined && succeeded.size >= succeededCount) return `Matched rules at index ${at}`
      continue
    }
    const required = [...Indexes.parse(succeededIndexes, job.spec?.completions ?? 0)]
    if (required.length === 0) continue
    const met = required.filter(index => succeeded.has(index)).length
    if (met === required.length || (succeededCount !== undefined && met >= succeededCount))
      return `Matched rules at index ${at}`
  }
  return undefined
}
