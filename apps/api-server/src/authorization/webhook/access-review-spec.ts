import type { AccessRequest } from '../authorizer.ts'

const fieldOperators = { '=': 'In', '!=': 'NotIn' } as const
const labelOperators: Readonly<Record<string, string>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
}

/** The question as the `spec` of a SubjectAccessReview: what is empty is left out, as Go's encoder does. */
export function accessReviewSpec(request: AccessRequest): object {
  const { user, verb, path } = request
  const attributes =
    path === undefined ? { resourceAttributes: resourceAttributes(request) } : { nonResourceAttributes: { path, verb } }
  return present({
    ...attributes,
    user: user.name,
    groups: user.groups,
    extra: user.extra,
    uid: user.uid,
  })
}

function resourceAttributes(request: AccessRequest): object {
  const { namespace, verb, group, version, resource, subresource, name } = request
  const fields = (request.fieldRequirements ?? []).map(({ field, operator, value }) => ({
    key: field,
    operator: fieldOperators[operator],
    values: [value],
  }))
  // what has no name in a review (`>`, `<`) is left out: the question gets wider, never narrower
  const labels = (request.labelRequirements ?? []).flatMap(({ key, operator, values }) => {
    const named = labelOperators[operator]
    return named === undefined ? [] : present({ key, operator: named, values })
  })
  return present({
    namespace,
    verb,
    group,
    version,
    resource,
    subresource,
    name,
    fieldSelector: fields.length === 0 ? undefined : { requirements: fields },
    labelSelector: labels.length === 0 ? undefined : { requirements: labels },
  })
}

function present(fields: Record<string, unknown>): object {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  )
}
