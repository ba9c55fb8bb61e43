import { type FieldError, field } from '@kubets/apimachinery'
import type { KubeObject } from '../../../wire.ts'
import { internalForm } from '../../validation/internal-form.ts'
import { validateLabelSelectorRequirement } from '../../validation/label-selector.ts'
import type {
  LocalSubjectAccessReview,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SubjectAccessReview,
} from '../types.ts'

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
const pathInGo = (attributes: object) => internalForm('io.k8s.api.authorization.v1.NonResourceAttributes', attributes)

type Spec = SelfSubjectAccessReview['spec'] & Partial<SubjectAccessReview['spec']>

function validateAttributes({ resourceAttributes, nonResourceAttributes }: Spec): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    const text = 'cannot be specified in combination with resourceAttributes'
    return [field.invalid('spec.nonResourceAttributes', pathInGo(nonResourceAttributes), text)]
  }
  if (resourceAttributes || nonResourceAttributes) return []
  const text = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [field.invalid('spec.resourceAttributes', null, text)]
}

const validateSelf = (spec: Spec = {}): FieldError[] => [
  ...validateAttributes(spec),
  ...validateSelectors(spec.resourceAttributes),
]

function validateSubject(spec: Spec = {}): FieldError[] {
  const errors = validateAttributes(spec)
  if (!spec.user && !spec.groups?.length)
    errors.push(field.invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified'))
  return [...errors, ...validateSelectors(spec.resourceAttributes)]
}

/** The api-server sets no metadata of what is only posted, so whatever is there came from the client. */
function validateEmptyMeta({ metadata = {} }: KubeObject, allowed: readonly string[], text: string): FieldError[] {
  const rest = Object.entries(metadata).filter(([name, value]) => !allowed.includes(name) && !isEmpty(value))
  return rest.length === 0 ? [] : [field.invalid('metadata', internalForm(objectMeta, metadata), text)]
}

const isEmpty = (value: unknown) =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0)

export const validateSubjectAccessReview = (review: SubjectAccessReview): FieldError[] => [
  ...validateSubject(review.spec),
  ...validateEmptyMeta(review, ['managedFields'], 'must be empty'),
]

export const validateSelfSubjectAccessReview = (review: SelfSubjectAccessReview): FieldError[] => [
  ...validateSelf(review.spec),
  ...validateEmptyMeta(review, ['managedFields'], 'must be empty'),
]

export function validateLocalSubjectAccessReview(review: LocalSubjectAccessReview): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = review.spec ?? {}
  const errors = [
    ...validateSubject(review.spec),
    ...validateEmptyMeta(review, ['managedFields', 'namespace'], 'must be empty except for namespace'),
  ]
  const namespace = resourceAttributes?.namespace ?? ''
  if (resourceAttributes && namespace !== (review.metadata?.namespace ?? ''))
    errors.push(field.invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'))
  if (nonResourceAttributes)
    errors.push(
      field.invalid(
        'spec.nonResourceAttributes',
        pathInGo(nonResourceAttributes),
        'disallowed on this kind of request',
      ),
    )
  return errors
}

function validateSelectors(attributes: ResourceAttributes | undefined): FieldError[] {
  const { fieldSelector, labelSelector } = attributes ?? {}
  const path = 'spec.resourceAttributes'
  return [
    ...validateSelector(fieldSelector, `${path}.fieldSelector`, validateFieldRequirement),
    ...validateSelector(labelSelector, `${path}.labelSelector`, (requirement, at) =>
      // operators of newer clients: what is not understood is left out of the question, which only widens it
      validateLabelSelectorRequirement(requirement, at, { allowUnknownOperators: true }),
    ),
  ]
}

interface Requirement {
  key: string
  operator: string
  values?: string[]
}

function validateSelector(
  selector: { rawSelector?: string; requirements?: Requirement[] } | undefined,
  path: string,
  each: (requirement: Requirement, path: string) => FieldError[],
): FieldError[] {
  if (!selector) return []
  const { rawSelector = '', requirements = [] } = selector
  const errors: FieldError[] = []
  if (rawSelector !== '' && requirements.length > 0)
    errors.push(field.invalid(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements'))
  if (rawSelector === '' && requirements.length === 0)
    errors.push(
      field.required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`),
    )
  return [...errors, ...requirements.flatMap((requirement, i) => each(requirement, `${path}.requirements[${i}]`))]
}

function validateFieldRequirement({ key, operator, values = [] }: Requirement, path: string): FieldError[] {
  const errors: FieldError[] = key ? [] : [field.required(`${path}.key`, 'must be specified')]
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0)
    errors.push(field.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"))
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0)
    errors.push(field.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
  return errors
}
