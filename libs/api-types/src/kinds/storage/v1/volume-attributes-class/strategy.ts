import { type FieldError, field, nameIsDnsSubdomain, semanticEqual } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { VolumeAttributesClass } from '../../types.ts'
import { validateParameters, validateProvisioner } from '../validation/class-parameters.ts'

const validateFields = ({ driverName, parameters }: VolumeAttributesClass): FieldError[] => [
  ...validateProvisioner(driverName, 'driverName'),
  ...validateParameters(parameters, 'parameters', 'must not be empty'),
]

function validateUnchanged(object: VolumeAttributesClass, old: VolumeAttributesClass): FieldError[] {
  const errors: FieldError[] = []
  if ((object.driverName ?? '') !== (old.driverName ?? '')) {
    errors.push(field.forbidden('driverName', 'updates to driverName are forbidden.'))
  }
  if (!semanticEqual(object.parameters, old.parameters)) {
    errors.push(field.forbidden('parameters', 'updates to parameters are forbidden.'))
  }
  return errors
}

export const strategy: Strategy<VolumeAttributesClass> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: object => [...validateBuiltinMeta(object.metadata, false, nameIsDnsSubdomain), ...validateFields(object)],
  validateUpdate: (object, old) => [
    ...validateBuiltinMetaUpdate(object.metadata, old.metadata),
    ...validateUnchanged(object, old),
    ...validateFields(object),
  ],
}
