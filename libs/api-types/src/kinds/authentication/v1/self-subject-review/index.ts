import { defineKind, plainStrategy } from '../../../define-kind.ts'
import type { SelfSubjectReview } from '../../types.ts'

/** Asks who the asker is. Only posted; the answer is its status. */
export const selfSubjectReview = defineKind<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  resource: 'selfsubjectreviews',
  namespaced: false,
  verbs: ['create'],
  stored: false,
  strategy: plainStrategy,
})
