import { defineKind, plainStrategy } from '../../../define-kind.ts'
import type { SelfSubjectRulesReview } from '../../types.ts'

/** Asks for all that the asker may do in one namespace (`kubectl auth can-i --list`). */
export const selfSubjectRulesReview = defineKind<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  resource: 'selfsubjectrulesreviews',
  namespaced: false,
  verbs: ['create'],
  stored: false,
  strategy: plainStrategy,
})
