import { type FieldError, field, nameIsLongName, semanticEqual } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { isExtended } from '../../../core/v1/resource/names.ts'
import { hasExpressions } from '../../../validation/effort.ts'
import { samePart } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { DeviceClass } from '../../types.ts'
import { validateList } from '../../validation/collections.ts'
import { maxConfigurations, validateConfiguration } from '../../validation/device-configuration.ts'
import { readyForSelectors, validateSelectors } from '../../validation/selectors.ts'

function validateSpec({ spec }: DeviceClass, old?: DeviceClass): FieldError[] {
  const { selectors, config, extendedResourceName: name } = spec ?? {}
  const stored = old !== undefined && semanticEqual(config, old.spec?.config)
  const errors = [
    ...validateSelectors(selectors, 'spec.selectors'),
    ...validateList(config, maxConfigurations, 'spec.config', (one, at) => validateConfiguration(one, at, stored)),
  ]
  if (name !== undefined && !isExtended(name)) {
    errors.push(field.invalid('spec.extendedResourceName', name, 'must be a valid extended resource name'))
  }
  return errors
}

export const strategy: Strategy<DeviceClass> = {
  ready: readyForSelectors,
  isHeavy: ({ spec }) => hasExpressions(spec),
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate(object) {
    object.metadata ??= {}
    object.metadata.generation = 1
  },
  prepareForUpdate(object, old) {
    if (samePart('io.k8s.api.resource.v1.DeviceClassSpec', object.spec, old.spec)) return
    object.metadata ??= {}
    object.metadata.generation = (old.metadata?.generation ?? 0) + 1
  },
  validate: object => [...validateBuiltinMeta(object.metadata, false, nameIsLongName), ...validateSpec(object)],
  validateUpdate: (object, old) => [
    ...validateBuiltinMetaUpdate(object.metadata, old.metadata),
    ...validateSpec(object, old),
  ],
}
