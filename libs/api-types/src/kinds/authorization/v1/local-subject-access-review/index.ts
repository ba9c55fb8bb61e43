import { defineKind, plainStrategy } from '../../../define-kind.ts'
import type { LocalSubjectAccessReview } from '../../types.ts'
import { validateLocalSubjectAccessReview } from '../validation.ts'

/** Asks whether somebody may do something in one namespace. */
export const localSubjectAccessReview = defineKind<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  resource: 'localsubjectaccessreviews',
  verbs: ['create'],
  stored: false,
  strategy: { ...plainStrategy, validate: validateLocalSubjectAccessReview },
})
