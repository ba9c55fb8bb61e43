import { entries } from '../../entries.ts'
import { selfSubjectReview } from './self-subject-review/index.ts'
import { tokenReview } from './token-review/index.ts'

/** `authentication.k8s.io/v1`. */
export const authenticationV1 = entries([tokenReview, selfSubjectReview])
