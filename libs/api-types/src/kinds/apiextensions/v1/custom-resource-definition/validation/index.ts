import {
  append,
  type FieldError,
  field,
  nameIsDnsSubdomain,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import { validateImmutable } from '../../../../validation/immutable.ts'
import { internalSpec } from '../../../internal-spec.ts'
import type { CustomResourceDefinition } from '../../../types.ts'
import { validateApiApproval } from './api-approval.ts'
import { validateNames } from './names.ts'
import { rulesForCreate, rulesForUpdate } from './rules.ts'
import { validateSpec } from './spec.ts'
import { validateStoredVersions } from './stored-versions.ts'

/** A new definition, in upstream's order. */
export function validateDefinition(definition: CustomResourceDefinition): FieldError[] {
  const { metadata, spec } = definition
  const wanted = `${spec?.names?.plural ?? ''}.${spec?.group ?? ''}`
  const nameCheck = (name: string, prefix: boolean) => [
    ...nameIsDnsSubdomain(name, prefix),
    ...(name === wanted ? [] : ['must be spec.names.plural+"."+spec.group']),
  ]
  return [
    ...validateObjectMeta(metadata, false, nameCheck),
    ...validateSpec(internalSpec(spec), rulesForCreate),
    ...validateRest(definition, undefined),
  ]
}

/** A changed definition. */
export function validateDefinitionUpdate(definition: CustomResourceDefinition, old: CustomResourceDefinition) {
  const spec = internalSpec(definition.spec)
  const rules = rulesForUpdate(spec, old)
  const errors = [...validateObjectMetaUpdate(definition.metadata, old.metadata), ...validateSpec(spec, rules)]
  const same = (now: string | undefined, before: string | undefined, path: string) =>
    append(errors, validateImmutable(now ?? '', before ?? '', path))
  if (rules.immutableNames) {
    same(spec.scope, old.spec?.scope, 'spec.scope')
    same(spec.names?.kind, old.spec?.names?.kind, 'spec.names.kind')
  }
  same(spec.group, old.spec?.group, 'spec.group')
  same(spec.names?.plural, old.spec?.names?.plural, 'spec.names.plural')
  return [...errors, ...validateRest(definition, old)]
}

/** A changed status. */
export const validateStatusUpdate = (definition: CustomResourceDefinition, old: CustomResourceDefinition) => [
  ...validateObjectMetaUpdate(definition.metadata, old.metadata),
  ...validateAcceptedNames(definition),
]

const validateAcceptedNames = ({ status }: CustomResourceDefinition) =>
  validateNames(status?.acceptedNames ?? {}, 'status.acceptedNames')

function validateRest(definition: CustomResourceDefinition, old: CustomResourceDefinition | undefined): FieldError[] {
  const errors = [
    ...validateAcceptedNames(definition),
    ...validateStoredVersions(definition),
    ...validateApiApproval(definition, old),
  ]
  if (!definition.spec?.preserveUnknownFields || old?.spec?.preserveUnknownFields) return errors
  const text = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
  return [...errors, field.invalid('spec.preserveUnknownFields', true, text)]
}
