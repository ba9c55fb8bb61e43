import { defineKind, plainStrategy } from '../../../define-kind.ts'
import type { SubjectAccessReview } from '../../types.ts'
import { validateSubjectAccessReview } from '../validation.ts'

/** Asks whether somebody may do something. Only posted; the answer is its status. */
export const subjectAccessReview = defineKind<SubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  resource: 'subjectaccessreviews',
  namespaced: false,
  verbs: ['create'],
  stored: false,
  strategy: { ...plainStrategy, validate: validateSubjectAccessReview },
})
