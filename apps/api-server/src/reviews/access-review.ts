import type { KubeObject, ResourceAttributes, SubjectAccessReview } from '@kubets/api-types'
import { badRequest, invalid } from '@kubets/apimachinery'
import type { AccessRequest, Authorizer } from '../authorization/authorizer.ts'
import type { UserInfo } from '../handlers/request-context.ts'
import { respondValue } from '../resources/respond-object.ts'
import type { SubresourceHandler } from '../resources/router.ts'
import { trackWrite } from '../resources/steps/managed-fields.ts'
import { readBody } from '../resources/steps/read-body.ts'
import { writeOptions } from '../resources/write-options.ts'
import { reviewSelectors } from './review-selectors.ts'
import { settleNamespace } from './settle-namespace.ts'

type Review = KubeObject & { spec: Partial<SubjectAccessReview['spec']>; status?: SubjectAccessReview['status'] }

/** POST subjectaccessreviews, localsubjectaccessreviews and selfsubjectaccessreviews: may they? */
export function accessReview(authorizer: Authorizer, about: 'self' | 'anybody'): SubresourceHandler {
  return async (rest, context, entry) => {
    const { info } = context
    const options = writeOptions(info.query, 'CreateOptions')
    const review = (await readBody(rest, context, entry, options.fieldValidation)) as Review
    settleNamespace(review, entry.namespaced ? info.namespace : '')
    trackWrite(rest, context, entry, review, undefined, options)
    review.spec ??= {}
    const causes = entry.strategy.validate(review, { subresource: 'create', now: rest.clock.now() })
    // upstream's kind is gone by then: its message has none either
    if (causes.length > 0) throw invalid({ group: entry.group, kind: '' }, '', causes)
    if (entry.namespaced && review.metadata?.namespace !== info.namespace)
      throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${info.namespace}`)
    const selectors = reviewSelectors(review.spec.resourceAttributes ?? {})
    const { fieldRequirements, labelRequirements } = selectors
    const asked = accessRequest(review.spec, about === 'self' ? context.user : subject(review.spec))
    const { decision, reason, error } = await authorizer.authorize({ ...asked, fieldRequirements, labelRequirements })
    const problems = [...(error === undefined ? [] : [error]), ...selectors.problems]
    review.status = {
      allowed: decision === 'allow',
      ...(decision === 'deny' ? { denied: true } : {}),
      ...(reason === '' ? {} : { reason }),
      ...(problems.length === 0 ? {} : { evaluationError: problems.join('; ') }),
    }
    return respondValue(context, 201, review)
  }
}

const subject = ({ user = '', uid = '', groups = [], extra }: Review['spec']): UserInfo => ({
  name: user,
  uid,
  groups,
  ...(extra ? { extra } : {}),
})

function accessRequest({ resourceAttributes, nonResourceAttributes }: Review['spec'], user: UserInfo): AccessRequest {
  const {
    verb = '',
    group = '',
    version,
    resource = '',
    subresource = '',
    namespace = '',
    name = '',
  } = (resourceAttributes as ResourceAttributes | undefined) ?? {}
  const request = { user, verb, group, version: version || '*', resource, subresource, namespace, name }
  return resourceAttributes
    ? request
    : { ...request, verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' }
}
