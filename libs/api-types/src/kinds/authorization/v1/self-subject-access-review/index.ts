import { defineKind, plainStrategy } from '../../../define-kind.ts'
import type { SelfSubjectAccessReview } from '../../types.ts'
import { validateSelfSubjectAccessReview } from '../validation.ts'

/** Asks whether the asker may do something (`kubectl auth can-i`). */
export const selfSubjectAccessReview = defineKind<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  resource: 'selfsubjectaccessreviews',
  namespaced: false,
  verbs: ['create'],
  stored: false,
  strategy: { ...plainStrategy, validate: validateSelfSubjectAccessReview },
})
