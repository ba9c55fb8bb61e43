import { servedAs } from '../../define-kind.ts'
import { entries } from '../../entries.ts'
import { selfSubjectReview } from '../v1/self-subject-review/index.ts'

/** `authentication.k8s.io/v1beta1`. */
export const authenticationV1beta1 = entries([servedAs(selfSubjectReview, 'v1beta1')])
