import {
  append,
  type FieldError,
  field,
  isDns1123Label,
  isDns1123Subdomain,
  nameIsDnsSubdomain,
  nameIsPathSegment,
  semanticEqual,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { each, items } from '../../../core/v1/pod/validation/checks.ts'
import { internalForm } from '../../../validation/internal-form.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { PodGroupTemplate, Workload } from '../../types.ts'
import {
  dropGatedFields,
  requiredName,
  validateGatedFields,
  validateGroupClaims,
  validatePolicy,
} from '../group-policy.ts'

const maxTemplates = 8
const isPathSegment = (value: string) => nameIsPathSegment(value, false)

/** Upstream prints no value for these. */
const unchangeable = (path: string): FieldError => field.invalid(path, null, 'field is immutable')

function validateSpec({ spec }: Workload): FieldError[] {
  const errors: FieldError[] = []
  const owner = spec?.controllerRef
  if (owner !== undefined) {
    const at = 'spec.controllerRef'
    if (owner.apiGroup) append(errors, each(`${at}.apiGroup`, owner.apiGroup, isDns1123Subdomain(owner.apiGroup)))
    append(errors, requiredName(owner.kind ?? '', `${at}.kind`, isPathSegment))
    append(errors, requiredName(owner.name ?? '', `${at}.name`, isPathSegment))
  }
  return errors.concat(validateTemplates(spec?.podGroupTemplates ?? [], 'spec.podGroupTemplates'))
}

function validateTemplates(templates: readonly PodGroupTemplate[], path: string): FieldError[] {
  if (templates.length === 0) return [field.required(path)]
  if (templates.length > maxTemplates) return [field.tooMany(path, templates.length, maxTemplates)]
  const names = new Set<string>()
  const doubles = items(templates, path, (template, at) => {
    if (names.has(template.name)) {
      return [field.duplicate(at, internalForm('io.k8s.api.scheduling.v1alpha2.PodGroupTemplate', template))]
    }
    names.add(template.name)
    return []
  })
  return doubles.concat(
    items(templates, path, (template, at) => [
      ...requiredName(template.name ?? '', `${at}.name`, isDns1123Label),
      ...validatePolicy(template.schedulingPolicy, undefined, `${at}.schedulingPolicy`),
      ...validateGatedFields(template, undefined, at),
      ...validateGroupClaims(template.resourceClaims, `${at}.resourceClaims`),
    ]),
  )
}

export const strategy: Strategy<Workload> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate({ spec }) {
    for (const template of spec?.podGroupTemplates ?? []) dropGatedFields(template, undefined)
  },
  prepareForUpdate({ spec }, old) {
    spec?.podGroupTemplates?.forEach((template, index) => {
      dropGatedFields(template, old.spec?.podGroupTemplates?.[index])
    })
  },
  validate: object => [...validateBuiltinMeta(object.metadata, true, nameIsDnsSubdomain), ...validateSpec(object)],
  validateUpdate(object, old) {
    const errors = validateBuiltinMetaUpdate(object.metadata, old.metadata)
    const { controllerRef, podGroupTemplates } = object.spec ?? {}
    if (!semanticEqual(controllerRef, old.spec?.controllerRef)) errors.push(unchangeable('spec.controllerRef'))
    if (!semanticEqual(podGroupTemplates, old.spec?.podGroupTemplates)) {
      errors.push(unchangeable('spec.podGroupTemplates'))
      const count = podGroupTemplates?.length ?? 0
      if (count > maxTemplates) errors.push(field.tooMany('spec.podGroupTemplates', count, maxTemplates))
      if (count === 0) errors.push(field.required('spec.podGroupTemplates'))
    }
    return errors
  },
}
