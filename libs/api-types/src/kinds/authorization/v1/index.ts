import { entries } from '../../entries.ts'
import { localSubjectAccessReview } from './local-subject-access-review/index.ts'
import { selfSubjectAccessReview } from './self-subject-access-review/index.ts'
import { selfSubjectRulesReview } from './self-subject-rules-review/index.ts'
import { subjectAccessReview } from './subject-access-review/index.ts'

/** `authorization.k8s.io/v1`. */
export const authorizationV1 = entries([
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
])
