import type { Container, Job, PodTemplateSpec } from '@kubets/api-types'
import {
  failuresAnnotation,
  ignoredFailuresAnnotation,
  indexAnnotation,
  trackingFinalizer,
} from '../../pods/job-pod.ts'
import type { PodInfo } from '../../pods/pod-info.ts'
import { hasLimitPerIndex, judgeFailure } from './policies.ts'

const indexVariable = 'JOB_COMPLETION_INDEX'
/** A generated name has five characters more. */
const maxPrefix = 58

/** The template with what holds a pod until its end is counted. Pure. */
export function trackedTemplate({ spec }: Job): PodTemplateSpec {
  const template = spec?.template
  const finalizers = template?.metadata?.finalizers ?? []
  if (finalizers.includes(trackingFinalizer)) return { ...template }
  return { ...template, metadata: { ...template?.metadata, finalizers: [...finalizers, trackingFinalizer] } }
}

/** The same for one index, which the pod learns by label, annotation, variable and host name. `replaced` is the one that failed. Pure. */
export function indexedTemplate(job: Job, index: number, replaced: PodInfo | undefined): PodTemplateSpec {
  const template = trackedTemplate(job)
  const { metadata, spec } = template
  return {
    ...template,
    metadata: {
      ...metadata,
      labels: { ...metadata?.labels, [indexAnnotation]: String(index) },
      annotations: {
        ...metadata?.annotations,
        [indexAnnotation]: String(index),
        ...(hasLimitPerIndex(job) ? failureCounts(job, replaced) : {}),
      },
    },
    spec: {
      ...spec,
      containers: (spec?.containers ?? []).map(withIndex),
      ...(spec?.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(withIndex) }),
      hostname: `${job.metadata?.name}-${index}`,
    },
  }
}

export function indexedNamePrefix({ metadata }: Job, index: number): string {
  const tail = `-${index}-`
  return `${(metadata?.name ?? '').slice(0, maxPrefix - tail.length)}${tail}`
}

function withIndex(container: Container): Container {
  if (container.env?.some(({ name }) => name === indexVariable)) return container
  const fieldPath = `metadata.labels['${indexAnnotation}']`
  return {
    ...container,
    env: [...(container.env ?? []), { name: indexVariable, valueFrom: { fieldRef: { fieldPath } } }],
  }
}

function failureCounts(job: Job, replaced: PodInfo | undefined): Record<string, string> {
  if (replaced?.job === undefined) return { [failuresAnnotation]: '0' }
  const { counts } = judgeFailure(job, replaced)
  const failures = replaced.job.failures + (counts ? 1 : 0)
  const ignored = replaced.job.ignoredFailures + (counts ? 0 : 1)
  return {
    [failuresAnnotation]: String(failures),
    ...(ignored > 0 ? { [ignoredFailuresAnnotation]: String(ignored) } : {}),
  }
}
