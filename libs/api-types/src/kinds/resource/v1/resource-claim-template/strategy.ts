import { type FieldError, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { hasExpressions } from '../../../validation/effort.ts'
import { validateImmutablePart } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import { validateTemplateMeta } from '../../../validation/template-meta.ts'
import type { ResourceClaimTemplate } from '../../types.ts'
import { validateClaimSpec } from '../../validation/device-claim.ts'
import { readyForSelectors } from '../../validation/selectors.ts'

const validateSpec = ({ spec }: ResourceClaimTemplate): FieldError[] => [
  ...validateTemplateMeta(spec?.metadata, 'spec.metadata'),
  ...validateClaimSpec(spec?.spec, 'spec.spec'),
]

export const strategy: Strategy<ResourceClaimTemplate> = {
  ready: readyForSelectors,
  isHeavy: ({ spec }) => hasExpressions(spec),
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: template => [
    ...validateBuiltinMeta(template.metadata, true, nameIsDnsSubdomain),
    ...validateSpec(template),
  ],
  validateUpdate: (template, old) => [
    ...validateBuiltinMetaUpdate(template.metadata, old.metadata),
    ...validateSpec(template),
    ...validateImmutablePart('io.k8s.api.resource.v1.ResourceClaimTemplateSpec', template.spec, old.spec, 'spec'),
  ],
}
