import {
  type FieldError,
  field,
  nameIsDnsSubdomain,
  semanticEqual,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
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
  validate: object => [...validateObjectMeta(object.metadata, false, nameIsDnsSubdomain), ...validateFields(object)],
  validateUpdate: (object, old) => [
    ...validateObjectMetaUpdate(object.metadata, old.metadata),
    ...validateUnchanged(object, old),
    ...validateFields(object),
  ],
}
