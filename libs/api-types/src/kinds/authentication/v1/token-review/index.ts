import { defineKind, plainStrategy } from '../../../define-kind.ts'
import type { TokenReview } from '../../types.ts'

/** Asks whose token it is. Only posted; the answer is its status. */
export const tokenReview = defineKind<TokenReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  resource: 'tokenreviews',
  namespaced: false,
  verbs: ['create'],
  stored: false,
  strategy: plainStrategy,
})
