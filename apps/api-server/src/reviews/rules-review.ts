import type { SelfSubjectRulesReview } from '@kubets/api-types'
import { badRequest } from '@kubets/apimachinery'
import type { Authorizer } from '../authorization/authorizer.ts'
import { respondValue } from '../resources/respond-object.ts'
import type { SubresourceHandler } from '../resources/router.ts'
import { readBody } from '../resources/steps/read-body.ts'
import { writeOptions } from '../resources/write-options.ts'

/** POST selfsubjectrulesreviews (`kubectl auth can-i --list`): all that the asker may do in a namespace. */
export function rulesReview(authorizer: Authorizer): SubresourceHandler {
  return async (rest, context, entry) => {
    const options = writeOptions(context.info.query, 'CreateOptions')
    const review = (await readBody(rest, context, entry, options.fieldValidation)) as SelfSubjectRulesReview
    const namespace = review.spec?.namespace ?? ''
    if (namespace === '') throw badRequest('no namespace on request')
    const { resourceRules, nonResourceRules, incomplete, error } = authorizer.rulesFor(context.user, namespace)
    return respondValue(context, 201, {
      kind: entry.kind,
      apiVersion: `${entry.group}/${entry.version}`,
      metadata: {},
      // upstream answers with a new object: what was asked is not repeated
      spec: {},
      status: {
        resourceRules,
        nonResourceRules,
        incomplete,
        ...(error === undefined ? {} : { evaluationError: error }),
      },
    })
  }
}
