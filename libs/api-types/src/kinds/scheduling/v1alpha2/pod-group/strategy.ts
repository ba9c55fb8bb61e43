import {
  append,
  type FieldError,
  field,
  isDns1123Label,
  isDns1123Subdomain,
  nameIsDnsSubdomain,
  semanticEqual,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { each, items } from '../../../core/v1/pod/validation/checks.ts'
import { keep } from '../../../define-kind.ts'
import { keepMetaForStatus } from '../../../status-meta.ts'
import { validateConditions } from '../../../validation/conditions.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { PodGroup } from '../../types.ts'
import {
  dropGatedFields,
  requiredName,
  validateGatedFields,
  validateGroupClaims,
  validatePolicy,
  validateUnion,
} from '../group-policy.ts'

type TemplateRef = NonNullable<PodGroup['spec']['podGroupTemplateRef']>
type ClaimStatus = NonNullable<NonNullable<PodGroup['status']>['resourceClaimStatuses']>[number]

function validateTemplateRef(ref: TemplateRef | null | undefined, path: string): FieldError[] {
  if (ref === undefined || ref === null) return []
  if (!ref.workload) return validateUnion([], ['workload'], path)
  const { workloadName = '', podGroupTemplateName = '' } = ref.workload
  return [
    ...requiredName(workloadName, `${path}.workload.workloadName`, isDns1123Subdomain),
    ...requiredName(podGroupTemplateName, `${path}.workload.podGroupTemplateName`, isDns1123Label),
  ]
}

function validateClaimStatuses(list: readonly ClaimStatus[], { spec }: PodGroup, path: string): FieldError[] {
  const known = new Set(spec.resourceClaims?.map(({ name }) => name))
  const unknown = items(list, path, ({ name = '' }, at) =>
    known.has(name)
      ? []
      : [field.invalid(`${at}.name`, name, 'must match the name of an entry in `spec.resourceClaims`')],
  )
  if (list.length > 4) return [...unknown, field.tooMany(path, list.length, 4)]
  const names = new Set<string>()
  const doubles = items(list, path, (status, at) => {
    if (!names.has(status.name)) {
      names.add(status.name)
      return []
    }
    return [field.duplicate(at, internalForm('io.k8s.api.scheduling.v1alpha2.PodGroupResourceClaimStatus', status))]
  })
  const malformed = items(list, path, ({ resourceClaimName: name }, at) =>
    name === undefined ? [] : each(`${at}.resourceClaimName`, name, isDns1123Subdomain(name)),
  )
  return [...unknown, ...doubles, ...malformed]
}

export const strategy: Strategy<PodGroup> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(group) {
    delete group.status
    dropGatedFields(group.spec, undefined)
  },
  prepareForUpdate(group, old, { subresource }) {
    if (subresource === 'status') {
      keep(group, old, 'spec')
      keepMetaForStatus(group, old)
      if (!old.spec?.resourceClaims?.length) delete group.status?.resourceClaimStatuses
      return
    }
    keep(group, old, 'status')
    dropGatedFields(group.spec, old.spec)
  },
  validate: ({ metadata, spec }) => [
    ...validateBuiltinMeta(metadata, true, nameIsDnsSubdomain),
    ...validateTemplateRef(spec.podGroupTemplateRef, 'spec.podGroupTemplateRef'),
    ...validatePolicy(spec.schedulingPolicy, undefined, 'spec.schedulingPolicy'),
    ...validateGatedFields(spec, undefined, 'spec'),
    ...validateGroupClaims(spec.resourceClaims, 'spec.resourceClaims'),
  ],
  validateUpdate(group, old, { subresource }) {
    const errors = validateBuiltinMetaUpdate(group.metadata, old.metadata)
    if (subresource === 'status') {
      const { conditions, resourceClaimStatuses = [] } = group.status ?? {}
      append(errors, validateConditions(conditions, 'status.conditions'))
      return errors.concat(validateClaimStatuses(resourceClaimStatuses, group, 'status.resourceClaimStatuses'))
    }
    // a value that may not change is not looked at any further; upstream prints none
    for (const name of ['podGroupTemplateRef', 'schedulingPolicy', 'resourceClaims'] as const) {
      if (!semanticEqual(group.spec?.[name], old.spec?.[name])) {
        errors.push(field.invalid(`spec.${name}`, null, 'field is immutable'))
      }
    }
    return errors.concat(validateGatedFields(group.spec, old.spec, 'spec'))
  },
  resetFields: subresource => (subresource === 'status' ? ['metadata', 'spec'] : ['status']),
}
