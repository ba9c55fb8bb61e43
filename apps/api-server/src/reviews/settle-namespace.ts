import type { KubeObject } from '@kubets/api-types'
import { badRequest } from '@kubets/apimachinery'

/** A review is in the namespace of its path, or in none: another one that it names is refused, or dropped. */
export function settleNamespace(review: KubeObject, namespace: string): void {
  const { namespace: named = '', ...metadata } = review.metadata ?? {}
  if (namespace !== '' && named !== '' && named !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  if (namespace !== '') review.metadata = { ...metadata, namespace }
  else if (named !== '') review.metadata = metadata
}
