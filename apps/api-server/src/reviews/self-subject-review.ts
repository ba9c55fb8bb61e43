import type { SelfSubjectReview } from '@kubets/api-types'
import { formatTime } from '@kubets/apimachinery'
import { respondValue } from '../resources/respond-object.ts'
import type { SubresourceHandler } from '../resources/router.ts'
import { readBody } from '../resources/steps/read-body.ts'
import { writeOptions } from '../resources/write-options.ts'
import { userInfo } from './user-info.ts'

/** POST selfsubjectreviews (`kubectl auth whoami`): who the asker is. */
export const selfSubjectReview: SubresourceHandler = async (rest, context, entry) => {
  const options = writeOptions(context.info.query, 'CreateOptions')
  await readBody(rest, context, entry, options.fieldValidation)
  const review = {
    kind: entry.kind,
    apiVersion: `${entry.group}/${entry.version}`,
    metadata: { creationTimestamp: formatTime(rest.clock.now()) as never },
    status: { userInfo: userInfo(context.user) },
  } satisfies SelfSubjectReview
  return respondValue(context, 201, review)
}
