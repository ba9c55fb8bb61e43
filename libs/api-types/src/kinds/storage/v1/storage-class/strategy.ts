import { type FieldError, field, nameIsDnsSubdomain } from '@kubets/apimachinery'
import type { Strategy } from '../../../../catalogue/contract.ts'
import { deprecatedNodeLabel } from '../../../core/v1/node/deprecated-labels.ts'
import { validateImmutable } from '../../../validation/immutable.ts'
import { validateBuiltinMeta, validateBuiltinMetaUpdate } from '../../../validation/object-meta.ts'
import type { StorageClass } from '../../types.ts'
import { validateParameters, validateProvisioner } from '../validation/class-parameters.ts'
import { validateAllowedTopologies } from '../validation/topologies.ts'

const policies = ['Delete', 'Retain']
const modes = ['Immediate', 'WaitForFirstConsumer']

function validateFields(object: StorageClass): FieldError[] {
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies } = object
  const errors = [
    ...validateProvisioner(provisioner, 'provisioner'),
    ...validateParameters(parameters, 'parameters', 'may be empty'),
  ]
  if (reclaimPolicy && !policies.includes(reclaimPolicy)) {
    errors.push(field.notSupported('reclaimPolicy', reclaimPolicy, policies))
  }
  if (volumeBindingMode === undefined) errors.push(field.required('volumeBindingMode'))
  else if (!modes.includes(volumeBindingMode)) {
    errors.push(field.notSupported('volumeBindingMode', volumeBindingMode, modes))
  }
  return errors.concat(validateAllowedTopologies(allowedTopologies, 'allowedTopologies'))
}

export const strategy: Strategy<StorageClass> = {
  allowCreateOnUpdate: false,
  allowUnconditionalUpdate: true,
  prepareForCreate: () => {},
  prepareForUpdate: () => {},
  validate: object => [...validateBuiltinMeta(object.metadata, false, nameIsDnsSubdomain), ...validateFields(object)],
  validateUpdate: (object, old) => [
    ...validateBuiltinMetaUpdate(object.metadata, old.metadata),
    ...validateFields(object),
    ...validateImmutable(object.parameters, old.parameters, 'parameters'),
    ...validateImmutable(object.provisioner ?? '', old.provisioner ?? '', 'provisioner'),
    ...validateImmutable(object.reclaimPolicy, old.reclaimPolicy, 'reclaimPolicy'),
    ...validateImmutable(object.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
  ],
  warnings: ({ allowedTopologies = [] }) =>
    allowedTopologies.flatMap(({ matchLabelExpressions = [] }, i) =>
      matchLabelExpressions.flatMap(({ key = '' }, j) => {
        const text = deprecatedNodeLabel(key)
        return text === undefined ? [] : [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${text}`]
      }),
    ),
}
