import { formatTime } from '@kubets/apimachinery'
import type { CustomResourceDefinition } from '../../types.ts'

/** Holds a definition until its custom resources are gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

/** The first delete of a definition marks it, whatever was asked for; its custom resources go next. */
export function markForCleanup(definition: CustomResourceDefinition, now: number): CustomResourceDefinition {
  const time = formatTime(now)
  const { metadata, status } = definition
  const finalizers = metadata?.finalizers ?? []
  const conditions = status?.conditions ?? []
  const before = conditions.find(({ type }) => type === 'Terminating')
  const terminating = {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: before?.status === 'True' ? (before.lastTransitionTime ?? time) : time,
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  }
  return {
    ...definition,
    metadata: {
      ...metadata,
      deletionTimestamp: time,
      finalizers: finalizers.includes(cleanupFinalizer) ? finalizers : [...finalizers, cleanupFinalizer],
    },
    status: {
      ...status,
      conditions:
        before === undefined
          ? [...conditions, terminating]
          : conditions.map(condition => (condition === before ? terminating : condition)),
    },
  } as CustomResourceDefinition
}
